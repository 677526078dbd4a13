// -- openapi.json, to be read

function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

async function describe() {
  const api = await (await ask("openapi.json")).json();
  const resolve = (schema) => schema?.$ref
    ? schema.$ref.slice(2).split("/").reduce((at, name) => at[name], api) : schema ?? {};
  $("operations").replaceChildren(...Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => card(path, method, operation, resolve))));
}

function card(path, method, operation, resolve) {
  const made = element("section", "", "card operation");
  made.append(element("h2", `${method.toUpperCase()} ${path}`));
  if (operation.description) made.append(element("p", operation.description));
  const rows = (operation.parameters ?? []).map((one) =>
    [one.name, kind(resolve(one.schema), resolve), one.description ?? "", one.required]);
  for (const [media, { schema }] of Object.entries(operation.requestBody?.content ?? {})) {
    const { properties = {}, required = [] } = resolve(schema);
    made.append(element("p", `Sent as ${media}:`));
    for (const [name, field] of Object.entries(properties)) {
      rows.push([name, kind(field, resolve), resolve(field).description ?? "", required.includes(name)]);
    }
  }
  if (rows.length) made.append(table(rows));
  const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith("2"));
  for (const [status, { content = {} }] of answers) {
    made.append(element("p", `Answers ${status}${Object.keys(content).map((one) => ` ${one}`)}`));
  }
  return made;
}

/** What a field may hold, in a few words. */
function kind(field, resolve) {
  const schema = resolve(field);
  const several = schema.anyOf ?? schema.oneOf;
  if (several) {
    return several.filter((one) => one.type !== "null").map((one) => kind(one, resolve)).join(" or ");
  }
  if (schema.enum) return schema.enum.join(", ");
  if (schema.const !== undefined) return String(schema.const);
  if (schema.type === "array") return `list of ${kind(schema.items, resolve)}`;
  const limits = [schema.minimum ?? schema.exclusiveMinimum, schema.maximum ?? schema.exclusiveMaximum];
  const range = limits.every((one) => one === undefined) ? "" : ` ${limits.map((one) => one ?? "").join(" to ")}`;
  return `${schema.format ?? schema.type ?? "any"}${range}`;
}

function table(rows) {
  const body = element("tbody");
  for (const [name, type, description, needed] of rows) {
    const row = element("tr"), head = element("th", needed ? `${name} (needed)` : name);
    head.scope = "row";
    row.append(head, element("td", type), element("td", description));
    body.append(row);
  }
  const made = element("table");
  made.append(body);
  return made;
}

beginWith(describe);

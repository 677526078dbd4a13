// -- what this browser keeps: the text and the settings, and what was said

const KEPT = "ptts-kept", SAID = "ptts-said", MOST_SAID = 30;

function load(name, otherwise) {
  // a browser may forbid its pages to keep anything: the page works all the same
  try { return JSON.parse(localStorage.getItem(name)) ?? otherwise; } catch { return otherwise; }
}

function store(name, value) {
  try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* as above */ }
}

const chosen = () => ({
  text: ui.text.value, voice: ui.voice.value, name: ui.voice.selectedOptions[0]?.text ?? "",
  speed: ui.speed.value, temperature: ui.temperature.value, seed: ui.seed.value,
});

function keep() {
  const { voice, name } = ui.voice.value ? chosen() : wanted;
  store(KEPT, { ...chosen(), voice, name });
  // the address may hold a shared text, which is no longer what is written here
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
}

function choose(saved) {
  if (typeof saved.text === "string") ui.text.value = saved.text;
  for (const name of ["speed", "temperature", "seed"]) {
    if (saved[name] !== undefined && saved[name] !== null) ui[name].value = saved[name];
  }
  if (saved.voice) chooseVoice(String(saved.voice), String(saved.name || saved.voice));
  showValues();
  grow();
}

/** A voice of the list; one that was uploaded before may still be in the server's memory. */
function chooseVoice(id, name) {
  const known = [...ui.voice.options].some((one) => one.value === id);
  if (!known && !id.startsWith("upload-")) return;
  if (!known) ui.voice.add(new Option(name, id));
  ui.voice.value = id;
}

function remember(entry) {
  const before = load(SAID, []).filter((one) => one.text !== entry.text || one.voice !== entry.voice);
  store(SAID, [entry, ...before].slice(0, MOST_SAID));
  showSaid();
}

function showSaid() {
  const said = load(SAID, []);
  ui.history.hidden = !said.length;
  ui.said.replaceChildren(...said.map((entry) => {
    const button = document.createElement("button"), line = document.createElement("li");
    const text = document.createElement("span"), voice = document.createElement("small");
    text.textContent = entry.text.length > 90 ? `${entry.text.slice(0, 90)}…` : entry.text;
    voice.textContent = entry.name;
    button.type = "button";
    button.append(text, voice);
    button.addEventListener("click", () => {
      choose(entry);
      keep();
      say("As it was said then. Speak says it again.");
      ui.text.focus();
    });
    line.append(button);
    return line;
  }));
}

// -- a link to share: what follows the # is never sent to the server

async function share() {
  const { name, ...all } = chosen();
  if (all.voice.startsWith("upload-")) delete all.voice; // whose voice it is stays here
  const link = new URL(location);
  link.hash = new URLSearchParams(all);
  history.replaceState(null, "", link);
  try {
    await navigator.clipboard.writeText(link.href);
    say("The link is copied.");
  } catch {
    say("The link is in the address bar.");
  }
}

const shared = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

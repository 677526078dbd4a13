// -- what people do

let cloning = false, uploadLimit = 0, known;
// kept once the model and its voices are known, be it after a key was given
const introduced = new Promise((resolve) => { known = resolve; });
// what was kept or shared before; its voice is chosen when the voices are known
const wanted = { ...load(KEPT, {}), ...shared() };

async function introduce() {
  const [models, voices] = await Promise.all(
    ["v1/models", "v1/voices"].map(async (path) => (await ask(path)).json()));
  ui.model.textContent = models.data[0].id;
  const names = voices.data.map((voice) => voice.id);
  if (!names.includes(voices.default)) names.unshift(voices.default);
  ui.voice.replaceChildren(...names.map((name) => new Option(title(name), name)));
  ui.voice.value = voices.default;
  if (wanted.temperature === undefined) ui.temperature.value = voices.temperature;
  if (wanted.voice) chooseVoice(String(wanted.voice), String(wanted.name || wanted.voice));
  // the lines of a script name the model's own voices
  ui.line.hidden = voices.data.filter((voice) => voice.source === "model").length < 2;
  showValues();
  timed = voices.words;
  ui.captions.hidden = !timed;
  cloning = voices.cloning;
  uploadLimit = voices.upload_bytes;
  ui.cloning.hidden = !cloning;
  known();
}

const title = (name) => name.charAt(0).toUpperCase() + name.slice(1).replace(/[_-]/g, " ");

function showValues() {
  ui["temperature-value"].textContent = Number(ui.temperature.value).toFixed(2);
  ui["speed-value"].textContent = `${Number(ui.speed.value).toFixed(2)}×`;
}

/** Put something where the cursor is. */
function insert(text) {
  ui.text.focus();
  ui.text.setRangeText(text, ui.text.selectionStart, ui.text.selectionEnd, "end");
  ui.text.dispatchEvent(new Event("input", { bubbles: true }));
}

function grow() {
  ui.text.style.height = "auto";
  ui.text.style.height = `${ui.text.scrollHeight}px`;
}

ui.form.addEventListener("submit", (event) => { event.preventDefault(); speaking() ? stop() : speak(); });
ui.text.addEventListener("input", grow);
ui.form.addEventListener("input", () => { showValues(); keep(); });
ui.pause.addEventListener("click", () => insert(" [pause 1s] "));
ui.line.addEventListener("click", () => {
  const before = ui.text.value.slice(0, ui.text.selectionStart);
  insert(`${before && !before.endsWith("\n") ? "\n" : ""}[${ui.voice.value}] `);
});
ui.hear.addEventListener("click", () => hear());
ui.share.addEventListener("click", share);
ui.forget.addEventListener("click", () => { store(SAID, []); showSaid(); say("Forgotten."); ui.text.focus(); });
ui["used-seed"].addEventListener("click", () => { ui.seed.value = ui["used-seed"].textContent; keep(); ui.seed.focus(); });
ui.again.addEventListener("click", () => { speech.replay(); busy(true); });
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
ui.download.addEventListener("click", () => save(speech.wav(), "speech.wav"));
ui.captions.addEventListener("click", () => save(captions(), "speech.vtt"));
ui.record.addEventListener("click", record);
ui.choose.addEventListener("click", () => ui.file.click());
ui.file.addEventListener("change", () => {
  if (ui.file.files[0]) takeVoice(ui.file.files[0], ui.file.files[0].name.replace(/\.\w+$/, ""));
  ui.file.value = "";
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); ui.form.requestSubmit(); }
  if (event.key === "Escape" && speaking()) stop();
});

let depth = 0;
const carriesFile = (event) => event.dataTransfer.types.includes("Files");
function hover(change) {
  depth = Math.max(0, depth + change);
  document.body.classList.toggle("dropping", cloning && depth > 0);
}
addEventListener("dragenter", (event) => { if (carriesFile(event)) hover(1); });
addEventListener("dragleave", (event) => { if (carriesFile(event)) hover(-1); });
addEventListener("dragover", (event) => { if (carriesFile(event)) event.preventDefault(); });
addEventListener("drop", (event) => {
  if (!carriesFile(event)) return;
  event.preventDefault();
  hover(-depth);
  const file = event.dataTransfer.files[0];
  if (file.type.startsWith("text/")) file.text().then((text) => { ui.text.select(); insert(text); });
  else introduced.then(() => cloning
    ? takeVoice(file, file.name.replace(/\.\w+$/, ""))
    : say(`The model ${ui.model.textContent} speaks with its own voices only.`, true));
});
addEventListener("resize", () => { grow(); draw(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

choose(wanted);
addEventListener("hashchange", () => choose(shared()));
showSaid();
beginWith(introduce);
idle();

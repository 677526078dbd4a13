// -- when each word is heard

/** Whether the model can tell. */
let timed = false;

/** The text, whose words light up while they are heard. */
function beginWords(text) {
  ui.words.hidden = !timed;
  ui.words.replaceChildren(text);
}

/** Server-sent events: sound, and the words that are over. */
async function receiveEvents(body, current, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (text + value).split("\n\n");
    text = events.pop();
    for (const event of events) {
      const data = JSON.parse(event.replace(/^data: /, ""));
      if (data.type === "speech.audio.delta") {
        heard(Uint8Array.from(atob(data.audio), (c) => c.charCodeAt(0)));
      } else if (data.type === "speech.audio.words") current.words.push(...data.words);
      else if (data.type === "error") throw new Error(data.error?.message ?? "The speech broke off.");
    }
  }
}

/** Light up the word that is heard now. */
function showWord() {
  if (ui.words.hidden || !speech) return;
  const now = speaking() ? speech.player.position : -1;
  const word = speech.words.find(({ start, end }) => start <= now && now < end);
  if (ui.words.lit === word) return;
  ui.words.lit = word;
  const text = ui.words.textContent;
  if (!word) { ui.words.replaceChildren(text); return; }
  const characters = [...text]; // the server counts characters, and JavaScript halves of some
  const part = (from, to) => characters.slice(from, to).join("");
  const mark = document.createElement("mark");
  mark.textContent = part(word.first, word.last);
  ui.words.replaceChildren(part(0, word.first), mark, part(word.last));
}

/** WebVTT, a cue for each word. */
function captions() {
  const stamp = (seconds) => new Date(1000 * seconds).toISOString().slice(11, 23);
  const cues = speech.words.map(({ word, start, end }) => `${stamp(start)} --> ${stamp(end)}\n${word}\n`);
  return new Blob([`WEBVTT\n\n${cues.join("\n")}`], { type: "text/vtt" });
}

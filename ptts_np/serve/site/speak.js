// -- one speech

let speech = null;

class Speech {
  constructor(expected, seed) {
    this.seed = seed;
    this.first = this.factor = null;
    this.pieces = [];
    this.peaks = [];
    this.samples = 0;
    this.expected = expected;
    this.abort = new AbortController();
    this.player = new Player();
    this.complete = false;
    this.loudest = 0;
    this.rest = 0;
    this.restCount = 0;
    this.words = [];
  }

  get seconds() { return this.samples / RATE; }

  add(pcm) {
    const samples = Float32Array.from(pcm, (value) => value / 32768);
    this.pieces.push(pcm);
    this.samples += pcm.length;
    for (const value of samples) {
      this.rest = Math.max(this.rest, Math.abs(value));
      if (++this.restCount === PEAK) {
        this.peaks.push(this.rest);
        this.loudest = Math.max(this.loudest, this.rest);
        this.rest = this.restCount = 0;
      }
    }
    return this.player.push(samples);
  }

  replay() {
    this.player.stop();
    this.player = new Player();
    this.player.onidle = idle;
    for (const pcm of this.pieces) this.player.push(Float32Array.from(pcm, (value) => value / 32768));
  }

  wav() { return wav(this.pieces); }
}

function wav(pieces) {
  const size = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  const header = new DataView(new ArrayBuffer(44));
  const word = (at, text) => [...text].forEach((c, i) => header.setUint8(at + i, c.charCodeAt(0)));
  word(0, "RIFF"); header.setUint32(4, 36 + size, true); word(8, "WAVEfmt ");
  header.setUint32(16, 16, true); header.setUint16(20, 1, true); header.setUint16(22, 1, true);
  header.setUint32(24, RATE, true); header.setUint32(28, 2 * RATE, true);
  header.setUint16(32, 2, true); header.setUint16(34, 16, true);
  word(36, "data"); header.setUint32(40, size, true);
  return new Blob([header, ...pieces], { type: "audio/wav" });
}

/** Say what is written, and remember it. */
async function speak() {
  const text = ui.text.value.trim();
  if (!text) { say("Write something to say first.", true); ui.text.focus(); return; }
  if (!ui.seed.checkValidity()) { say("A seed is a whole number.", true); ui.seed.focus(); return; }
  const seed = ui.seed.value ? Number(ui.seed.value) : Math.floor(Math.random() * 1e6);
  const entry = { ...chosen(), text, seed: String(seed) };
  if (await utter(text, seed)) remember(entry);
}

/** The chosen voice with the first sentence of what is written, which is in its language. */
async function hear() {
  const written = ui.text.value.trim() || ui.text.placeholder;
  const sentence = written.match(/^[^.!?\n]{1,120}[.!?]?/)?.[0] ?? written.slice(0, 120);
  await utter(sentence, 1);
}

/** Speak, play and draw; true if it was heard to the end of what the server sent. */
async function utter(text, seed) {
  const before = speech?.samples ? speech : null;
  if (speaking()) stop();
  before?.player.stop();
  const current = speech = new Speech(Math.max(2, text.length / 14), seed);
  const began = performance.now();
  busy(true);
  say("");
  const patience = setTimeout(say, 1000, "Waiting for the server …");
  showFacts();
  ui.again.disabled = ui.download.disabled = ui.captions.disabled = true;
  beginWords(text);
  try {
    const answer = await ask("v1/audio/speech", {
      method: "POST",
      signal: current.abort.signal,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        input: text, voice: ui.voice.value || undefined, seed, speed: Number(ui.speed.value),
        temperature: Number(ui.temperature.value), response_format: "pcm",
        ...(timed ? { stream_format: "sse", timestamps: true } : {}),
      }),
    });
    clearTimeout(patience);
    say("");
    const heard = (bytes) => add(bytes, current, began);
    await (timed ? receiveEvents(answer.body, current, heard) : receive(answer.body, heard));
    current.complete = true;
    current.factor = current.seconds / ((performance.now() - began) / 1000);
    showFacts();
    current.player.onidle = idle;
    if (!current.player.sources.size) idle();
    return true;
  } catch (error) {
    clearTimeout(patience);
    if (speech !== current) return false;
    const stopped = error.name === "AbortError";
    if (!stopped) {
      const lost = error instanceof TypeError;
      say(lost ? "The connection was lost before the speech was complete." : error.message, true);
    }
    current.player.stop();
    // what was heard before can still be heard and downloaded
    if (!current.samples && before) speech = before;
    showFacts();
    idle();
    return false;
  }
}

function showFacts() {
  const { first, factor, samples, seconds, seed } = speech;
  ui.first.textContent = first === null ? "–" : `${Math.round(first)} ms`;
  ui.length.textContent = samples ? `${seconds.toFixed(1)} s` : "–";
  ui.factor.textContent = factor === null ? "–" : `${pretty(factor)}×`;
  ui["used-seed"].textContent = seed;
  ui["used-seed"].disabled = false;
}

/** A piece of sound, whole samples. */
function add(bytes, current, began) {
  const wait = current.add(new Int16Array(bytes.buffer));
  current.first ??= performance.now() - began + 1000 * wait;
  showFacts();
  draw();
}

async function receive(body, heard) {
  const reader = body.getReader();
  let odd = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    let bytes = value;
    if (odd.length) { bytes = new Uint8Array(odd.length + value.length); bytes.set(odd); bytes.set(value, odd.length); }
    const whole = bytes.length & ~1;
    odd = bytes.slice(whole);
    if (whole) heard(bytes.slice(0, whole));
  }
}

function stop() {
  speech?.abort.abort();
  speech?.player.stop();
  idle();
  say("Stopped.");
}

function idle() {
  busy(false);
  const any = Boolean(speech?.samples);
  ui.again.disabled = ui.download.disabled = !any;
  ui.captions.disabled = !speech?.words.length;
  if (any && speech.complete) {
    ui.wave.setAttribute("aria-label", `Waveform of ${speech.seconds.toFixed(1)} seconds of speech`);
  }
  draw();
}

const CONTROL = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";

function busy(speaking) {
  document.body.classList.toggle("speaking", speaking);
  ui["speak-label"].textContent = speaking ? "Stop" : "Speak";
  ui.hint.textContent = speaking ? "Esc" : `${CONTROL} + Enter`;
  if (speaking) requestAnimationFrame(follow);
}

const speaking = () => document.body.classList.contains("speaking");
const pretty = (number) => number < 10 ? number.toFixed(1) : Math.round(number).toString();


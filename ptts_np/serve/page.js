"use strict";
const RATE = 24000, PEAK = 480, VOICE_SECONDS = 30;
const $ = (id) => document.getElementById(id);
const ui = Object.fromEntries(["form", "text", "wave", "speak", "speak-label", "again", "download",
  "hint", "first", "length", "factor", "used-seed", "status", "voice", "temperature", "temperature-value",
  "seed", "cloning", "record", "record-label", "choose", "file", "key-form", "key", "model"]
  .map((id) => [id, $(id)]));

// -- asking the server

let cloning = false, uploadLimit = 0;

async function ask(path, options = {}) {
  const key = sessionStorage.getItem("ptts-key");
  const headers = { ...options.headers, ...(key ? { Authorization: `Bearer ${key}` } : {}) };
  const answer = await fetch(path, { ...options, headers }).catch((error) => {
    throw error instanceof TypeError ? new Error("The server can’t be reached.") : error;
  });
  if (answer.ok) return answer;
  if (answer.status === 401) { ui["key-form"].hidden = false; ui.key.focus(); }
  const body = await answer.json().catch(() => null);
  throw new Error(body?.error?.message ?? `The server answered ${answer.status}.`);
}

async function introduce() {
  const [models, voices] = await Promise.all(
    ["/v1/models", "/v1/voices"].map(async (path) => (await ask(path)).json()));
  ui.model.textContent = models.data[0].id;
  const names = voices.data.map((voice) => voice.id);
  if (!names.includes(voices.default)) names.unshift(voices.default);
  ui.voice.replaceChildren(...names.map((name) => new Option(title(name), name)));
  ui.voice.value = voices.default;
  ui.temperature.value = voices.temperature;
  showTemperature();
  cloning = voices.cloning;
  uploadLimit = voices.upload_bytes;
  ui.cloning.hidden = !cloning;
}

const title = (name) => name.charAt(0).toUpperCase() + name.slice(1).replace(/[_-]/g, " ");

function say(message, wrong = false) {
  ui.status.textContent = message;
  ui.status.classList.toggle("wrong", wrong);
}

// -- playing sound while it comes

class Player {
  constructor() {
    // at the sound's own rate: each piece would be resampled by itself, and its ends would click
    this.context = new AudioContext({ sampleRate: RATE });
    this.sources = new Set();
    this.spans = [];
    this.end = 0;
    this.lead = 0.04;
  }

  push(samples) {
    const buffer = this.context.createBuffer(1, samples.length, RATE);
    buffer.copyToChannel(samples, 0);
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.context.destination);
    const now = this.context.currentTime;
    if (this.end < now) {
      // the beginning, or the server is slower than speech: then a longer pause, not many
      if (this.spans.length) this.lead = Math.min(1, this.lead * 2 + 0.1);
      this.end = now + this.lead;
    }
    source.start(this.end);
    const before = this.spans.at(-1);
    const offset = before ? before.offset + before.length : 0;
    this.spans.push({ at: this.end, offset, length: buffer.duration });
    this.end += buffer.duration;
    this.sources.add(source);
    source.onended = () => { this.sources.delete(source); if (!this.sources.size) this.onidle?.(); };
    return this.end - buffer.duration - now + (this.context.outputLatency || this.context.baseLatency || 0);
  }

  /** Seconds of the sound that have been heard. */
  get position() {
    const now = this.context.currentTime;
    const span = this.spans.findLast((one) => one.at <= now);
    return span ? span.offset + Math.min(now - span.at, span.length) : 0;
  }

  stop() {
    this.onidle = null;
    for (const source of this.sources) { source.onended = null; source.stop(); }
    this.sources.clear();
    if (this.context.state !== "closed") this.context.close();
  }
}

// -- one speech

let speech = null;

class Speech {
  constructor(expected) {
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

async function speak() {
  const text = ui.text.value.trim();
  if (!text) { say("Write something to say first.", true); ui.text.focus(); return; }
  if (!ui.seed.checkValidity()) { say("A seed is a whole number.", true); ui.seed.focus(); return; }
  speech?.player.stop();
  const current = speech = new Speech(Math.max(2, text.length / 14));
  const seed = ui.seed.value ? Number(ui.seed.value) : Math.floor(Math.random() * 1e6);
  const began = performance.now();
  busy(true);
  say("");
  const patience = setTimeout(say, 1000, "Waiting for the server …");
  for (const name of ["first", "length", "factor"]) ui[name].textContent = "–";
  ui["used-seed"].textContent = seed;
  ui["used-seed"].disabled = false;
  ui.again.disabled = ui.download.disabled = true;
  try {
    const answer = await ask("/v1/audio/speech", {
      method: "POST",
      signal: current.abort.signal,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        input: text, voice: ui.voice.value || undefined, seed,
        temperature: Number(ui.temperature.value), response_format: "pcm",
      }),
    });
    clearTimeout(patience);
    say("");
    await receive(answer.body.getReader(), current, began);
    current.complete = true;
    ui.factor.textContent = `${pretty(current.seconds / ((performance.now() - began) / 1000))}×`;
    current.player.onidle = idle;
    if (!current.player.sources.size) idle();
  } catch (error) {
    clearTimeout(patience);
    if (speech !== current) return;
    const stopped = error.name === "AbortError";
    if (!stopped) {
      const lost = error instanceof TypeError;
      say(lost ? "The connection was lost before the speech was complete." : error.message, true);
    }
    current.player.stop();
    idle();
  }
}

async function receive(reader, current, began) {
  let odd = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    let bytes = value;
    if (odd.length) { bytes = new Uint8Array(odd.length + value.length); bytes.set(odd); bytes.set(value, odd.length); }
    const whole = bytes.length & ~1;
    odd = bytes.slice(whole);
    if (!whole) continue;
    const wait = current.add(new Int16Array(bytes.slice(0, whole).buffer));
    if (current.pieces.length === 1) {
      ui.first.textContent = `${Math.round(performance.now() - began + 1000 * wait)} ms`;
    }
    ui.length.textContent = `${current.seconds.toFixed(1)} s`;
    draw();
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

// -- the waveform

function follow() {
  draw();
  if (speaking()) requestAnimationFrame(follow);
}

function draw() {
  const canvas = ui.wave, scale = devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const paint = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
  paint.setTransform(scale, 0, 0, scale, 0, 0);
  paint.clearRect(0, 0, width, height);
  const heard = style.getPropertyValue("--accent"), quiet = style.getPropertyValue("--wave");
  const step = 5, bars = Math.max(1, Math.floor((width - 36) / step)), margin = (width - bars * step + 2) / 2;
  const total = speech ? (speech.complete ? speech.seconds : Math.max(speech.expected, 1.08 * speech.seconds)) : 1;
  const position = speech && speaking() ? speech.player.position : (speech?.complete ? Infinity : 0);
  const loud = Math.max(speech?.loudest ?? 0, 0.05);
  for (let bar = 0; bar < bars; bar++) {
    const from = bar / bars * total, to = (bar + 1) / bars * total;
    let peak = 0;
    if (speech) {
      const last = Math.min(Math.ceil(to * RATE / PEAK), speech.peaks.length);
      for (let i = Math.floor(from * RATE / PEAK); i < last; i++) peak = Math.max(peak, speech.peaks[i]);
    }
    const size = Math.max(3, (peak / loud) ** 0.8 * (height - 34));
    paint.fillStyle = peak && from <= position ? heard : quiet;
    paint.beginPath();
    paint.roundRect(margin + bar * step, (height - size) / 2, 3, size, 1.5);
    paint.fill();
  }
}

// -- a voice of one's own

async function takeVoice(blob, name) {
  say("Listening to the voice …");
  try {
    const file = await asWav(blob);
    if (file.size > uploadLimit) throw new Error(`That is too large: at most ${Math.floor(uploadLimit / 1e6)} MB.`);
    const form = new FormData();
    form.append("file", file, "voice.wav");
    const voice = await (await ask("/v1/voices", { method: "POST", body: form })).json();
    let option = [...ui.voice.options].find((one) => one.value === voice.id);
    if (!option) ui.voice.add(option = new Option(name, voice.id));
    ui.voice.value = voice.id;
    say(`“${name}” is ready to speak.`);
  } catch (error) {
    say(error.message, true);
  }
}

/** A recording in any format this browser knows, as WAV; else as it is. */
async function asWav(blob) {
  const offline = new OfflineAudioContext(1, VOICE_SECONDS * RATE, RATE);
  let decoded;
  try { decoded = await offline.decodeAudioData(await blob.arrayBuffer()); } catch { return blob; }
  const length = Math.min(decoded.length, VOICE_SECONDS * RATE), pcm = new Int16Array(length);
  const channels = Array.from({ length: decoded.numberOfChannels }, (_, i) => decoded.getChannelData(i));
  for (let i = 0; i < length; i++) {
    const mean = channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length;
    pcm[i] = Math.round(Math.max(-1, Math.min(1, mean)) * 32767);
  }
  return wav([pcm]);
}

let recorder = null;

async function record() {
  if (recorder) { recorder.stop(); return; }
  let microphone;
  try {
    microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    say("The microphone is not available: allow it for this page, or choose a file.", true);
    return;
  }
  const parts = [], began = Date.now();
  recorder = new MediaRecorder(microphone);
  recorder.ondataavailable = (event) => parts.push(event.data);
  const tick = setInterval(() => {
    const seconds = Math.floor((Date.now() - began) / 1000);
    ui["record-label"].textContent = `Done (${seconds} s)`;
    if (seconds >= VOICE_SECONDS) recorder?.stop();
  }, 250);
  recorder.onstop = () => {
    clearInterval(tick);
    recorder = null;
    document.body.classList.remove("recording");
    ui["record-label"].textContent = "Record";
    for (const track of microphone.getTracks()) track.stop();
    const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    takeVoice(new Blob(parts, { type: parts[0]?.type }), `Recorded ${time}`);
  };
  recorder.start();
  document.body.classList.add("recording");
  ui["record-label"].textContent = "Done (0 s)";
  say("Recording. Speak calmly for about ten seconds.");
}

// -- what people do

function showTemperature() { ui["temperature-value"].textContent = Number(ui.temperature.value).toFixed(2); }

function grow() {
  ui.text.style.height = "auto";
  ui.text.style.height = `${ui.text.scrollHeight}px`;
}

ui.form.addEventListener("submit", (event) => { event.preventDefault(); speaking() ? stop() : speak(); });
ui.text.addEventListener("input", grow);
ui.temperature.addEventListener("input", showTemperature);
ui["used-seed"].addEventListener("click", () => { ui.seed.value = ui["used-seed"].textContent; ui.seed.focus(); });
ui.again.addEventListener("click", () => { speech.replay(); busy(true); });
ui.download.addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(speech.wav());
  link.download = "speech.wav";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
});
ui.record.addEventListener("click", record);
ui.choose.addEventListener("click", () => ui.file.click());
ui.file.addEventListener("change", () => {
  if (ui.file.files[0]) takeVoice(ui.file.files[0], ui.file.files[0].name.replace(/\.\w+$/, ""));
  ui.file.value = "";
});
ui["key-form"].addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("ptts-key", ui.key.value);
  ui.key.value = "";
  introduce().then(() => { ui["key-form"].hidden = true; say(""); }, (error) => say(error.message, true));
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
  if (cloning) takeVoice(file, file.name.replace(/\.\w+$/, ""));
  else say(`The model ${ui.model.textContent} speaks with its own voices only.`, true);
});
addEventListener("resize", () => { grow(); draw(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

introduce().catch((error) => say(error.message, true));
grow();
idle();

// -- a voice of one's own

async function takeVoice(blob, name) {
  say("Listening to the voice …");
  try {
    const file = await asWav(blob);
    if (file.size > uploadLimit) throw new Error(`That is too large: at most ${Math.floor(uploadLimit / 1e6)} MB.`);
    const form = new FormData();
    form.append("file", file, "voice.wav");
    const voice = await (await ask("v1/voices", { method: "POST", body: form })).json();
    let option = [...ui.voice.options].find((one) => one.value === voice.id);
    if (!option) ui.voice.add(option = new Option(name, voice.id));
    ui.voice.value = voice.id;
    keep();
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


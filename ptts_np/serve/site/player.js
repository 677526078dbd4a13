const RATE = 24000, PEAK = 480, VOICE_SECONDS = 30;
const ui = Object.fromEntries(["form", "text", "pause", "line", "wave", "speak", "speak-label", "again",
  "download", "share", "hint", "first", "length", "factor", "used-seed", "status", "voice", "hear", "speed",
  "speed-value", "temperature", "temperature-value", "seed", "cloning", "record", "record-label", "choose",
  "file", "model", "history", "said", "forget", "words", "captions"].map((id) => [id, $(id)]));

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


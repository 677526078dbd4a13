// -- the waveform

function follow() {
  draw();
  showWord();
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


// The camera's frames, one at a time: the next one is taken when the answer to the last is there.

const MAX_SIDE = 1280;

export class Camera {
  constructor(video, onFrame) {
    this.video = video;
    this.onFrame = onFrame;
    this.stream = null;
  }

  get isOn() {
    return this.stream !== null;
  }

  async start() {
    if (!navigator.mediaDevices) throw new Error("Browsers allow the camera only on HTTPS pages and on this machine.");
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    this.stream = stream;
    this.video.srcObject = stream;
    await this.video.play();
    const times = [];
    while (this.stream === stream) {
      const began = performance.now();
      const canvas = this.#frame();
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
      if (this.stream !== stream) break;
      await this.onFrame(blob, canvas, times.length > 1 ? ((times.length - 1) * 1000) / (times.at(-1) - times[0]) : 0);
      times.push(performance.now());
      if (times.length > 20) times.shift();
      if (performance.now() - began < 5) await new Promise(requestAnimationFrame);
    }
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.srcObject = null;
  }

  #frame() {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, MAX_SIDE / Math.max(videoWidth, videoHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(videoWidth * scale);
    canvas.height = Math.round(videoHeight * scale);
    canvas.getContext("2d").drawImage(this.video, 0, 0, canvas.width, canvas.height);
    return canvas;
  }
}

// Gray values of an image, at the depth at which the server keeps them, and what a window makes of them.

/** Load a picture. */
export function picture(address) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = reject;
    image.src = address;
  });
}

/** Gray values in 0 … 65535 of a PNG whose red and green bytes are a value's high and low byte. */
export function deepGray(image) {
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const context = canvas.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" });
  context.drawImage(image, 0, 0);
  const bytes = context.getImageData(0, 0, canvas.width, canvas.height).data;
  const gray = new Uint16Array(canvas.width * canvas.height);
  for (let place = 0; place < gray.length; place++) gray[place] = (bytes[4 * place] << 8) | bytes[4 * place + 1];
  return { gray, width: canvas.width, height: canvas.height };
}

/** 65536 shown values: black below the window, white above it. Center and width are shares of the whole range. */
export function lookup(center, width, inverted) {
  const table = new Uint8ClampedArray(65536);
  const low = center - width / 2;
  for (let value = 0; value < 65536; value++) {
    const shown = 255 * ((value / 65535 - low) / width);
    table[value] = inverted ? 255 - shown : shown;
  }
  return table;
}

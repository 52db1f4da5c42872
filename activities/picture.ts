// How large a picture is, by its first bytes: models refuse a whole request for one that is too large.

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

const OUT_OF_BOUNDS: readonly string[] = ['ERR_OUT_OF_RANGE', 'ERR_BUFFER_OUT_OF_BOUNDS'];

/** Undefined for what is none, or is cut off before it says so. */
export function pictureSize(bytes: Buffer): PictureSize | undefined {
  try {
    if (bytes.subarray(1, 4).toString('latin1') === 'PNG')
      return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
    if (bytes.subarray(0, 3).toString('latin1') === 'GIF')
      return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
    if (bytes.subarray(8, 12).toString('latin1') === 'WEBP') return webp(bytes);
    return bytes.readUInt16BE(0) === 0xffd8 ? jpeg(bytes) : undefined;
  } catch (error) {
    // It ends before it tells.
    if (OUT_OF_BOUNDS.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function webp(bytes: Buffer): PictureSize | undefined {
  switch (bytes.subarray(12, 16).toString('latin1')) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const packed = bytes.readUInt32LE(21);
      return { width: (packed & 0x3fff) + 1, height: ((packed >> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}

/** The frame's header stands behind segments that each say how long they are. */
function jpeg(bytes: Buffer): PictureSize | undefined {
  for (let at = 2; bytes.readUInt8(at) === 0xff; ) {
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xff) at += 1;
    else if (isFrame(marker)) return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    else at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

/** Of this range these three are tables. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

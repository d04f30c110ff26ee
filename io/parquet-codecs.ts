import * as zlib from 'node:zlib';
import { decompress as zstdDecompress } from 'fzstd';

/** Decompresses one page into exactly the length that its header declares. */
export type Decompress = (input: Uint8Array, outputLength: number) => Uint8Array;

/** The codecs that can be read, besides those that the Parquet library brings. */
export const decompressors: Readonly<Record<string, Decompress>> = {
  GZIP: (input, outputLength) => zlib.gunzipSync(input, { maxOutputLength: outputLength }),
  BROTLI: (input, outputLength) =>
    zlib.brotliDecompressSync(input, { maxOutputLength: outputLength }),
  ZSTD: (input, outputLength) => zstdDecompress(input, new Uint8Array(outputLength)),
};

/** Why a codec cannot be read, or `undefined`. */
export function codecProblem(codec: string): string | undefined {
  if (codec === 'UNCOMPRESSED' || codec === 'SNAPPY' || codec in decompressors) return undefined;
  return `is compressed with ${codec}; write the file with ZSTD, SNAPPY or GZIP`;
}

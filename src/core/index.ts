// The public face of the core: everything that the rooms around it use.

export { Decoder, type DecoderOptions, decodeBytes } from './decoder.ts'
export type * from './model.ts'

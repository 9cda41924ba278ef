// The part of daikon (a DICOM reader without types) that sinobench uses.
declare module 'daikon' {
  export interface Tag {
    /** Numbers, strings, a DataView of raw bytes, or null; for a sequence its items. */
    readonly value: readonly unknown[] | DataView | null
    readonly sublist: boolean
    /** Offsets into the parsed bytes: of the value, and of the next tag. The end may lie beyond a truncated file's. */
    readonly offsetValue: number
    readonly offsetEnd: number
  }
  export interface Image {
    /** Top-level tags by id: group and element as eight upper-case hex digits. */
    readonly tags: Readonly<Record<string, Tag>>
    readonly littleEndian: boolean
    /** Stored pixels, decompressed; little endian unless `littleEndian` is false. */
    getRawData(): ArrayBuffer
  }
  export interface Parser {
    readonly error: Error | null
    parse(data: DataView): Image | null
  }
  const daikon: { readonly Parser: new () => Parser }
  export default daikon
}

// Of the web worker's library, which cannot stand beside the page's own: File API, "FileReaderSync".

declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer
}

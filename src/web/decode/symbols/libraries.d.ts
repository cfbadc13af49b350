// Packages that vite.config.ts makes fit for the browser.

declare module 'virtual:iced-x86' {
  const load: (wasm: BufferSource) => import('../../../core/localise/disassemblers/x86.ts').IcedX86
  export default load
}

declare module 'virtual:capstone' {
  const load: (options: {
    wasmBinary: ArrayBuffer
  }) => Promise<import('../../../core/localise/disassemblers/capstone.ts').CapstoneModule>
  export default load
}

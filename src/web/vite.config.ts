import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { defineConfig, type Plugin } from 'vite'
import solid from 'vite-plugin-solid'

const require = createRequire(import.meta.url)

/** Replaces text that must be there: another version of the package is looked at anew. */
function replaced(code: string, ...changes: [before: string, after: string][]): string {
  return changes.reduce((text, [before, after]) => {
    if (!text.includes(before)) throw new Error(`a package has changed: it has no "${before}"`)
    return text.replace(before, () => after)
  }, code)
}

/** Packages written for Node's require(), as modules that are given their WebAssembly. */
const libraries: Record<string, () => string> = {
  'virtual:iced-x86': () => {
    const code = readFileSync(require.resolve('iced-x86'), 'utf8')
    const end = code.indexOf("const path = require('path')")
    const body = replaced(code.slice(0, end), ['const { TextDecoder, TextEncoder } = require(`util`);', ''])
    return `export default function load(bytes) {
      const module = { exports: {} }
      ${body}
      wasm = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports
      return module.exports
    }`
  },
  'virtual:capstone': () => {
    const code = readFileSync(require.resolve('@alexaltea/capstone-js'), 'utf8')
    return `const module = { exports: {} }
      const exports = module.exports
      ${code.replaceAll('require("node:fs")', '({})')}
      export default module.exports`
  },
}

const browserLibraries = (): Plugin => ({
  name: 'browser-libraries',
  resolveId: id => (id in libraries ? `\0${id}` : undefined),
  load: id => libraries[id.slice(1)]?.(),
})

export default defineConfig({
  plugins: [solid(), browserLibraries()],
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // Everything is a file of its own: the page's policy allows no inline script or style.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es', plugins: () => [browserLibraries()] },
  // The sample is a fixture of the project.
  server: { fs: { allow: ['../..'] } },
})

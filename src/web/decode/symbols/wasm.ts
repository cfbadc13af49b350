// The disassemblers' WebAssembly, loaded once with the page, so that no later log needs a network.

import capstoneUrl from '@alexaltea/capstone-js/dist/capstone.wasm?url'
import icedUrl from 'iced-x86/iced_x86_bg.wasm?url'
import type { Wasm } from '../protocol.ts'

async function bytesOf(url: string): Promise<ArrayBuffer | undefined> {
  try {
    const response = await fetch(url)
    return response.ok ? await response.arrayBuffer() : undefined
  } catch {
    return undefined
  }
}

export async function loadWasm(): Promise<Wasm> {
  const [iced, capstone] = await Promise.all([bytesOf(icedUrl), bytesOf(capstoneUrl)])
  return { iced, capstone }
}

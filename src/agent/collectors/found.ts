// Executables in collectors.d. They run with the agent's rights, so none is taken that another user could have put there
// or changed: it must be a regular file, not a link, of root or of the agent's own user, in a folder of the same.

import { constants as o } from 'node:fs'
import { Folder } from '../bundles/folder.ts'
import { codeOf } from '../bundles/problem.ts'
import type { Entry, Host } from '../host.ts'
import type { Collector } from './collector.ts'

export interface Found {
  collectors: Collector[]
  /** what is there and is not run, and why */
  refused: { name: string; why: string }[]
}

/** Copies that editors and package managers leave; run-parts(8) passes them by too. */
const leftover = /^\.|~$|\.(?:dpkg|rpm|ucf)[-\w]*$|\.(?:bak|orig|swp|disabled)$/

export async function findCollectors(host: Host, folders: readonly string[]): Promise<Found> {
  const found: Found = { collectors: [], refused: [] }
  for (const path of folders) await look(host, path, found)
  return found
}

async function look(host: Host, path: string, found: Found): Promise<void> {
  const refuse = (name: string, why: string): void => {
    found.refused.push({ name, why })
  }
  let folder: Folder
  try {
    folder = await Folder.open(host.files, path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') refuse(path, `the folder cannot be opened (${codeOf(error)})`)
    return
  }
  try {
    const foreign = foreignness(await folder.own())
    if (foreign !== undefined) return refuse(path, `the folder ${foreign}`)
    for (const name of (await folder.list()).sort()) {
      if (leftover.test(name)) continue
      const entry = await folder.entry(name)
      const why = entry.kind !== 'file' ? `it is a ${entry.kind}, no regular file` : foreignness(entry)
      if (why !== undefined) refuse(name, why)
      else if ((entry.mode & (o.S_IXUSR | o.S_IXGRP | o.S_IXOTH)) === 0) refuse(name, 'it is not executable')
      else found.collectors.push({ name, doc: `${path}/${name}`, run: { program: [`${path}/${name}`] } })
    }
  } finally {
    await folder.close()
  }
}

function foreignness({ owner, mode }: Entry): string | undefined {
  const us = process.geteuid?.() ?? 0
  if (owner !== 0 && owner !== us) return `belongs to user ${owner}, not to root`
  if ((mode & (o.S_IWGRP | o.S_IWOTH)) !== 0) return 'can be written by others than its owner'
  return undefined
}

// What has happened already in this boot, and whether there is room for more.

import { say } from '../../../core/say.ts'
import { advice, type Check, good, problem } from '../check.ts'

const MIB = 1024 * 1024

/** kernel/panic.c, taint_flags[]: flags that an exception leaves */
const symptoms = [
  { bit: 4, flag: 'M', what: say`a machine check` },
  { bit: 5, flag: 'B', what: say`a bad page` },
  { bit: 7, flag: 'D', what: say`an oops` },
  { bit: 9, flag: 'W', what: say`a warning` },
  { bit: 14, flag: 'L', what: say`a soft lockup` },
] as const

const taint: Check = {
  name: 'taint',
  look({ system }) {
    const mask = Number(system.text('/proc/sys/kernel/tainted') ?? Number.NaN)
    if (!Number.isSafeInteger(mask)) return undefined
    const had = symptoms.filter(({ bit }) => Math.floor(mask / 2 ** bit) % 2 === 1)
    if (had.length === 0) return good(`kernel.tainted = ${mask}`)
    const what = had.map(each => `${each.flag}: ${each.what}`).join(', ')
    return advice(
      say`kernel.tainted = ${mask} (${what})`,
      say`this boot has had that already: what is reported from now on may follow from it.`,
    )
  },
}

const counted: Check = {
  name: 'exceptions of this boot',
  look({ system }) {
    const oopses = Number(system.text('/sys/kernel/oops_count') ?? Number.NaN)
    const warnings = Number(system.text('/sys/kernel/warn_count') ?? Number.NaN)
    if (!Number.isFinite(oopses) || !Number.isFinite(warnings)) return undefined
    const found = say`${oopses} oopses, ${warnings} warnings in this boot`
    return oopses === 0 ? good(found) : advice(found, say`\`faultline bundles list\` should have them.`)
  },
}

const room: Check = {
  name: 'room for bundles',
  look({ system, data }) {
    let folder = data
    while (system.facts(folder) === undefined && folder.length > 1) folder = folder.replace(/\/[^/]*$/, '') || '/'
    const space = system.space(folder)
    if (space === undefined) return undefined
    const found = say`${Math.round(space.freeBytes / MIB)} MiB free for ${data}`
    if (space.freeBytes >= 128 * MIB) return good(found)
    return problem(found, say`bundles may not fit. Make room, or set Data= to another file system.`)
  },
}

const disk: Check = {
  name: 'where bundles are kept',
  look({ system, data }) {
    const mounts = (system.text('/proc/mounts') ?? '').split('\n').map(line => line.split(' '))
    const under = mounts
      .filter(([, point = '']) => data === point || data.startsWith(point === '/' ? '/' : `${point}/`))
      .sort(([, a = ''], [, b = '']) => b.length - a.length)[0]
    const [, point, type = '', options = ''] = under ?? []
    if (point === undefined) return undefined
    if (type === 'tmpfs' || type === 'ramfs') {
      return problem(
        say`the data folder ${data} is on ${type}`,
        say`bundles are gone after a restart. Set Data= to a folder on disk or flash.`,
      )
    }
    if (options.split(',').includes('ro'))
      return problem(
        say`${data} is on a file system mounted read-only`,
        say`no bundle can be written. Set Data= to another folder.`,
      )
    return good(say`the data folder ${data} is on ${type}`)
  },
}

export const stateChecks: readonly Check[] = [taint, counted, room, disk]

// /proc/modules, live or saved, and lsmod's table. kernel/module/procfs.c, m_show():
//
//   nvme 57344 3 - Live 0xffffffffc0a2d000 (OE)

export interface LoadedModule {
  name: string
  sizeBytes: number
  /** absent where the kernel hid it (kernel.kptr_restrict) or the list has none */
  address?: bigint
  usedBy: readonly string[]
  state?: 'Live' | 'Loading' | 'Unloading'
  /** letters in parentheses, as in an oops */
  taint?: string
}

const line =
  /^(?<name>[\w-]+) (?<size>\d{1,12}) (?:-?\d+|-) (?<users>-|(?:[\w-]+,|\[permanent\],)+) (?<state>Live|Loading|Unloading) 0x(?<address>[0-9a-f]{1,16})(?: \((?<taint>[A-Z+-]+)\))?$/

/** Lines that are no modules are left out. */
export function readProcModules(text: string): LoadedModule[] {
  return text.split('\n').flatMap(each => {
    const groups = line.exec(each.trim())?.groups
    if (groups === undefined) return []
    const address = BigInt(`0x${groups['address']!}`)
    const { taint } = groups
    return [
      {
        name: groups['name']!,
        sizeBytes: Number(groups['size']),
        ...(address === 0n ? {} : { address }),
        usedBy: groups['users']!.split(',').filter(user => user !== '-' && user !== '' && user !== '[permanent]'),
        state: groups['state'] as 'Live' | 'Loading' | 'Unloading',
        ...(taint === undefined ? {} : { taint }),
      },
    ]
  })
}

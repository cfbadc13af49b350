// Kernel configurations as text: lines of `CONFIG_NAME=value`. Documentation/kbuild/kconfig.rst

export interface Unheeded {
  option: string
  asked: string
  /** n for an option that the configuration does not mention, as kconfig has it */
  taken: string
}

/** Values by option; of several for the same one the last holds. An option that is "not set" is n. */
export function readConfig(text: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const set = /^(?<option>CONFIG_\w+)=(?<value>.*)$/.exec(line)?.groups
    const unset = /^# (?<option>CONFIG_\w+) is not set$/.exec(line)?.groups
    if (set) values.set(set['option']!, set['value']!)
    else if (unset) values.set(unset['option']!, 'n')
  }
  return values
}

/** Options that kconfig has decided otherwise than asked, since something that they depend on is missing. */
export function unheeded(asked: string, taken: string): Unheeded[] {
  const result = readConfig(taken)
  return [...readConfig(asked)]
    .map(([option, value]) => ({ option, asked: value, taken: result.get(option) ?? 'n' }))
    .filter(({ asked: wanted, taken: got }) => wanted !== got)
}

// How this command was started, for what it runs of itself.

/** The program and its arguments up to the command's name; undefined where it is not run as a program (in tests). */
export function ownCommand(): string[] | undefined {
  const script = process.argv[1]
  if (script === undefined || !/(?:^|\/)faultline(?:\.mjs)?$/.test(script)) return undefined
  return [process.execPath, ...process.execArgv, script]
}

// Completion scripts of three shells. They are static: nothing of Faultline runs while someone presses Tab.

export interface OptionSpec {
  names: string[]
  summary: string
  choices: readonly string[]
  /** what follows it, FILE or NAME; undefined for a switch */
  value: string | undefined
}

export interface Spec {
  name: string
  summary: string
  choices: readonly string[]
  takesFiles: boolean
  options: OptionSpec[]
  commands: Spec[]
}

const words = (spec: Spec): string[] => [...spec.options.flatMap(option => option.names), ...spec.choices]

/** bash: a function for `complete -F`, as bash-completion loads it. bash(1), "Programmable Completion". */
export function bashScript(program: Spec): string {
  const branches = program.commands.map(
    command =>
      `    ${command.name}) words='${words(command).join(' ')}'; files=${command.takesFiles ? 'yes' : 'no'} ;;\n`,
  )
  const valued = [program, ...program.commands].flatMap(command => command.options).filter(option => option.value)
  const values = valued.map(option =>
    option.choices.length > 0
      ? `    ${option.names.join('|')}) COMPREPLY=($(compgen -W '${option.choices.join(' ')}' -- "$current")); return ;;\n`
      : option.value === 'FILE'
        ? `    ${option.names.join('|')}) compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); return ;;\n`
        : `    ${option.names.join('|')}) return ;;\n`,
  )
  return `# bash completion for ${program.name}
_${program.name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local words='${[...program.commands.map(command => command.name), ...words(program)].join(' ')}' files=no
  COMPREPLY=()
  case $previous in
${values.join('')}  esac
  (( COMP_CWORD > 1 )) && case \${COMP_WORDS[1]} in
${branches.join('')}  esac
  if [[ $files == yes && $current != -* ]]; then
    compopt -o filenames
    COMPREPLY=($(compgen -f -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -F _${program.name} ${program.name}
`
}

const zshText = (text: string): string => text.replace(/'/g, "'\\''").replace(/[[\]:]/g, '\\$&')

function zshArguments(spec: Spec): string[] {
  const options = spec.options.map(option => {
    const exclusive = `(${option.names.join(' ')})`
    const names = option.names.length > 1 ? `{${option.names.join(',')}}` : (option.names[0] ?? '')
    const value =
      option.value === undefined
        ? ''
        : `:${option.value}:${option.choices.length > 0 ? `(${option.choices.join(' ')})` : option.value === 'FILE' ? '_files' : ''}`
    return `'${exclusive}'${names}'[${zshText(option.summary)}]${value}'`
  })
  const positional = spec.choices.length > 0 ? [`'1:choice:(${spec.choices.join(' ')})'`] : []
  return [...options, ...positional, ...(spec.takesFiles ? [`'*:FILE:_files'`] : [])]
}

/** zsh: a function for the completion system. zshcompsys(1), _arguments and _describe. */
export function zshScript(program: Spec): string {
  const names = program.commands.map(command => `    '${command.name}:${zshText(command.summary)}'`)
  const branches = program.commands.map(
    command => `    ${command.name}) _arguments ${zshArguments(command).join(' \\\n      ')} ;;`,
  )
  return `#compdef ${program.name}
_${program.name}() {
  local -a commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    _arguments ${zshArguments(program).join(' \\\n      ')}
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${branches.join('\n')}
  esac
}
_${program.name} "$@"
`
}

const fishText = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`

function fishOption(program: string, condition: string, option: OptionSpec): string {
  const flags = option.names.map(name => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
  const value =
    option.value === undefined
      ? ''
      : option.choices.length > 0
        ? ` -x -a ${fishText(option.choices.join(' '))}`
        : option.value === 'FILE'
          ? ' -r -F'
          : ' -x'
  return `complete -c ${program} -n ${fishText(condition)} ${flags.join(' ')}${value} -d ${fishText(option.summary)}`
}

/** fish: one `complete` line for each word. fish's complete(1). */
export function fishScript(program: Spec): string {
  const lines = [`# fish completion for ${program.name}`, `complete -c ${program.name} -f`]
  for (const option of program.options) lines.push(fishOption(program.name, '__fish_use_subcommand', option))
  for (const command of program.commands) {
    const chosen = `__fish_seen_subcommand_from ${command.name}`
    lines.push(
      `complete -c ${program.name} -n __fish_use_subcommand -a ${command.name} -d ${fishText(command.summary)}`,
      ...command.options.map(option => fishOption(program.name, chosen, option)),
    )
    if (command.takesFiles) lines.push(`complete -c ${program.name} -n ${fishText(chosen)} -F`)
    if (command.choices.length > 0) {
      lines.push(`complete -c ${program.name} -n ${fishText(chosen)} -a ${fishText(command.choices.join(' '))}`)
    }
  }
  return `${lines.join('\n')}\n`
}

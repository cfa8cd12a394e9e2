/**
 * What each shell is told. All of them ask `runnel complete` for every word, so that a script never knows less
 * than the version that runs. The last word, which may be empty, is the one that is being typed.
 */
export const COMPLETION_SCRIPTS = {
  bash: `_runnel() {
  local IFS=$'\\n'
  local words="$(runnel complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)"
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _runnel runnel
`,
  zsh: `#compdef runnel
_runnel() {
  local -a found
  found=(\${(f)"$(runnel complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#found} )); then compadd -- $found; else _files; fi
}
compdef _runnel runnel
`,
  fish: `function __runnel_complete
  set -l words (commandline -opc)
  set -e words[1]
  set -l current (commandline -ct)
  runnel complete -- $words "$current" 2>/dev/null
end
complete -c runnel -f -a '(__runnel_complete)'
`,
} as const;

export type Shell = keyof typeof COMPLETION_SCRIPTS;

// Each script asks the hidden command `complete` for the words: one place knows them, for all shells.
export const COMPLETION_SCRIPTS = {
  bash: `_cloudtask() {
  local IFS=$'\\n'
  COMPREPLY=($(cloudtask complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _cloudtask cloudtask`,
  zsh: `#compdef cloudtask
_cloudtask() {
  local -a found
  found=("\${(@f)$(cloudtask complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if (( \${#found[@]} )) && [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
compdef _cloudtask cloudtask`,
  fish: `function __cloudtask_complete
  set -l words (commandline -opc) (commandline -ct)
  cloudtask complete -- $words[2..-1] 2>/dev/null
end
complete -c cloudtask -f -a '(__cloudtask_complete)'`,
} as const;

export const SHELLS = ['bash', 'zsh', 'fish'] as const satisfies readonly (keyof typeof COMPLETION_SCRIPTS)[];

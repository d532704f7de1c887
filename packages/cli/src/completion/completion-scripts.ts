// Each script asks the hidden command `complete` for the words: one place knows them, for all shells.
export const COMPLETION_SCRIPTS = {
  // bash takes a word apart at = and :, so the line is read as it stands and what bash has already is taken off.
  bash: `_cloudtask() {
  local IFS=$'\\n' line=\${COMP_LINE:0:COMP_POINT} typed=\${COMP_WORDS[COMP_CWORD]} word before
  local -a words
  IFS=$' \\t' read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  word=\${words[\${#words[@]}-1]}
  [[ $typed == [=:]* ]] && typed=\${typed##*[=:]}
  before=\${word%"$typed"}
  COMPREPLY=($(cloudtask complete -- "\${words[@]:1}" 2>/dev/null))
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace
  COMPREPLY=("\${COMPREPLY[@]#"$before"}")
}
complete -o default -F _cloudtask cloudtask`,
  zsh: `#compdef cloudtask
_cloudtask() {
  local -a found open closed
  found=("\${(@f)$(cloudtask complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  open=(\${(M)found:#*=})
  closed=(\${found:#*=})
  (( \${#open[@]} + \${#closed[@]} )) || { _files; return }
  compadd -S '' -a open
  compadd -a closed
}
compdef _cloudtask cloudtask`,
  fish: `function __cloudtask_complete
  set -l words (commandline -opc) (commandline -ct)
  cloudtask complete -- $words[2..-1] 2>/dev/null
end
complete -c cloudtask -f -a '(__cloudtask_complete)'`,
  // The cursor behind a blank begins a word that the syntax tree does not have yet.
  powershell: `Register-ArgumentCompleter -Native -CommandName cloudtask -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  if ($wordToComplete -eq '') { $words += '""' }
  cloudtask complete '--' @words 2>$null | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}`,
} as const;

export type Shell = keyof typeof COMPLETION_SCRIPTS;

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const satisfies readonly Shell[];

#include "cli/arguments/usage_error.hpp"
#include "cli/local/report.hpp"
#include "complete_line.hpp"

namespace tug::cli {

namespace {

constexpr std::string_view bash = R"sh(# Completion of tug for bash: eval "$(tug --completion bash)"
_tug() {
    local line=${COMP_LINE:0:COMP_POINT} word text broken='' candidate
    COMPREPLY=()
    while IFS= read -r candidate; do
        if [[ $candidate == :files ]]; then
            compopt -o filenames
            mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$2")
            continue
        fi
        text=${candidate%%$'\t'*}
        # bash parts words at colons: what stands before the last one is there already.
        word=${line##*[[:space:]]}
        [[ $word == *:* && $COMP_WORDBREAKS == *:* ]] && broken=${word%"${word##*:}"}
        [[ $text == *[/:] ]] && compopt -o nospace
        printf -v text %q "${text#"$broken"}"
        COMPREPLY+=("$text")
    done < <(tug --complete "$line" 2>/dev/null)
}
complete -F _tug tug
)sh";

constexpr std::string_view zsh = R"sh(#compdef tug
# Completion of tug for zsh: eval "$(tug --completion zsh)", or this as _tug in a directory of $fpath.
_tug() {
    local line candidate text about
    local -a shown plain
    line="${(j: :)${(@q)words[1,CURRENT-1]}} ${PREFIX}"
    while IFS= read -r candidate; do
        if [[ $candidate == :files ]]; then
            _files
            continue
        fi
        text=${candidate%%$'\t'*}
        about=${candidate#*$'\t'}
        if [[ $text == *[/:] ]]; then
            compadd -S '' -- "$text"
        else
            plain+=("$text")
            [[ $about == $candidate ]] && shown+=("$text") || shown+=("$text -- $about")
        fi
    done < <(tug --complete "$line" 2>/dev/null)
    (( $#plain )) && compadd -l -d shown -- $plain
}
# As a file of $fpath this is the body of _tug itself, the first time that it is called.
if [[ ${funcstack[1]} == _tug ]]; then _tug "$@"; else compdef _tug tug; fi
)sh";

constexpr std::string_view fish = R"sh(# Completion of tug for fish: tug --completion fish | source
function __tug_candidates
    for candidate in (tug --complete (commandline -cp | string collect) 2>/dev/null)
        if test "$candidate" = :files
            __fish_complete_path (commandline -ct)
        else
            echo $candidate
        end
    end
end
complete -c tug -f -k -a '(__tug_candidates)'
)sh";

} // namespace

std::string completion_script(std::string_view shell) {
    if (shell == "bash") return std::string(bash);
    if (shell == "zsh") return std::string(zsh);
    if (shell == "fish") return std::string(fish);
    throw usage_error("there is no completion for " + quoted_name(shell), "use bash, zsh or fish");
}

} // namespace tug::cli

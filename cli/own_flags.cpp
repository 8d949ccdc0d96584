#include "own_flags.hpp"

#include "option_set.hpp"
#include "options.hpp"

namespace tug::cli {

void add_run(option_set& set, run_flags& run) {
    set.own_list("--put", run.puts, "a file to send before; repeatable; REMOTE may be left out")
        ->type_name("LOCAL:REMOTE");
    set.own_list("--get", run.gets, "a file to fetch after success; repeatable; LOCAL may be left out")
        ->type_name("REMOTE:LOCAL");
    set.own_value("--dir", run.directory,
                  "make this directory first, work in it, remove it at the end; DIR/ makes one with a new name in DIR")
        ->type_name("DIR");
}

void add_keygen(option_set& set, keygen_options& to) {
    set.value("-o,--output", to.output, "write a new file of mode 0600")->type_name("FILE");
    set.value("--permissions", to.permissions, "what the key may do")->type_name("exec,put,get");
    set.own_value("--root", to.root, "put, get and the cwd of exec stay below it; a path below the root of tugd")
        ->type_name("DIR");
    set.own_list("--argv0", to.argv0,
                 "a program that exec may start, as the client names it; * and ? stand for all but / (repeatable)")
        ->type_name("PATTERN");
    set.own_list("--allow-env", to.env, "with --argv0: a variable that exec may set (repeatable)")
        ->type_name("PATTERN");
    set.flag("--append", to.append, "add the key to the file that is there");
    set.positional("ID", to.id, "the name of the key")->required();
}

} // namespace tug::cli

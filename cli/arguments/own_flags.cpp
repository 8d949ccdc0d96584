#include "own_flags.hpp"

#include "option_set.hpp"
#include "options.hpp"

#include <cstdint>
#include <limits>

namespace tug::cli {

namespace {

constexpr std::uint64_t most_window = std::numeric_limits<std::int64_t>::max();

} // namespace

void add_run(option_set& set, run_flags& run) {
    set.own_list("--put", run.puts, "a file to send before; repeatable; REMOTE may be left out")
        ->type_name("LOCAL:REMOTE");
    set.own_list("--get", run.gets, "a file to fetch after success; repeatable; LOCAL may be left out")
        ->type_name("REMOTE:LOCAL");
    set.own_value("--dir", run.directory,
                  "make this directory first, work in it, remove it at the end; DIR/ makes one with a new name in DIR")
        ->type_name("DIR");
}

void add_file(option_set& set, options& o, typed_file& typed, bool put) {
    set.flag("--sha256", o.file.sha256, "verify a file with SHA-256 (XXH3-128)");
    add_directory_flags(set, o.copy);
    add_transfer_flags(set, o.transfer, put);
    if (put) {
        set.flag("--no-durable", o.file.no_durable, "do not wait for the disk");
        set.flag("--no-overwrite", o.file.no_overwrite, "fail where the file exists");
        set.flag("--make-parents", o.file.make_parents, "make missing directories");
        set.flag("--in-place", o.file.in_place, "write into the file that is there; not atomic");
        set.flag("--no-follow", o.file.no_follow, "replace a symlink, not the file that it names");
        set.value("--mode", typed.mode,
                  "permission bits (those of the file there; of a new one those of the local file, 0644 for -)")
            ->type_name("OCTAL");
        set.own_value("--files-from", o.source.files_from,
                      "send the files that this one names, a line each, - standard input; LOCAL is their directory")
            ->type_name("FILE");
        set.own_flag("-0,--null", o.source.nul, "with --files-from: NUL ends each name, as `find -print0` has it");
        set.positional("LOCAL", o.file.local, "a file, a directory, or - for standard input")->required();
        set.positional("REMOTE", o.file.remote, "HOST:PATH, HOST:DIR/, tug://HOST:PORT/PATH or :PATH")->required();
        set.words(o.source.more, "of several words all but the last are LOCAL");
    } else {
        set.value("--offset", o.file.offset, "skip that many bytes")
            ->type_name("BYTES")
            ->transform(whole_number(0, most_window));
        set.value("--length", typed.length, "at most that many bytes")
            ->type_name("BYTES")
            ->transform(whole_number(0, most_window));
        set.positional("REMOTE", o.file.remote, "HOST:PATH, tug://HOST:PORT/PATH or :PATH")->required();
        o.file.local = ".";
        set.positional("LOCAL", o.file.local, "a file, a directory, or - for standard output (.)");
        set.words(o.source.more, "of several words all but the last are REMOTE, which may be patterns");
    }
}

void add_keygen(option_set& set, keygen_options& to) {
    set.value("-o,--output", to.output, "write a new file of mode 0600")->type_name("FILE");
    set.value("--permissions", to.permissions, "what the key may do")->type_name("exec,put,get,forward,audit");
    set.own_value("--root", to.root, "put, get and the cwd of exec stay below it; a path below the root of tugd")
        ->type_name("DIR");
    set.own_list("--argv0", to.argv0,
                 "a program that exec may start, as the client names it; * and ? stand for all but / (repeatable)")
        ->type_name("PATTERN");
    set.own_list("--allow-env", to.env, "with --argv0: a variable that exec may set (repeatable)")
        ->type_name("PATTERN");
    set.own_list("--connect", to.connect, "with forward: where tunnels may lead, with * and ? (repeatable)")
        ->type_name("HOST:PORT");
    set.own_list("--listen", to.listen, "with forward: where tugd may listen for it (repeatable)")
        ->type_name("HOST:PORT");
    set.flag("--append", to.append, "add the key to the file that is there");
    set.positional("ID", to.id, "the name of the key")->required();
}

} // namespace tug::cli

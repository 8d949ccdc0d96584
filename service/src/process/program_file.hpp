#pragma once

#include <string>

namespace tug::service {

/// What execve has found, to explain why it refused it.
struct program_file {
    enum class kind {
        missing,
        directory,
        special, ///< A fifo, device or socket.
        empty,
        script,  ///< It begins with #!.
        program, ///< ELF for this machine.
        foreign, ///< ELF for another one.
        other,   ///< Neither: a text without #!, or anything.
    };

    kind what = kind::missing;
    bool may_execute = false; ///< Its mode lets some user execute it.
    bool noexec = false;      ///< Its file system lets no user execute.
    std::string interpreter;  ///< Of a script, or the loader that a program asks for; empty where there is none.
};

/// Looks at it by the daemon's own rights. `file` is relative to `directory`, a descriptor or AT_FDCWD. May block.
[[nodiscard]] program_file look_at_program(int directory, const std::string& file);

/// The interpreter that is missing where that file exists and execve says ENOENT all the same; it may be that of its
/// interpreter. Empty where none is missing.
[[nodiscard]] std::string missing_interpreter(int directory, const std::string& file);

} // namespace tug::service

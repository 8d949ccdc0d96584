#include "program_file.hpp"

#include <tug/os/unique_fd.hpp>

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace tug::service {

namespace {

using kind = program_file::kind;

constexpr std::size_t longest_interpreter = 4096;

std::string read_at(int fd, off_t at, std::size_t size) {
    std::string text(size, '\0');
    const auto got = ::pread(fd, text.data(), text.size(), at);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return text;
}

/// A structure of the file; zero where that ends before.
template <class T>
T structure_at(int fd, off_t at) {
    T out{};
    const auto bytes = read_at(fd, at, sizeof out);
    if (bytes.size() == sizeof out) std::memcpy(&out, bytes.data(), sizeof out);
    return out;
}

/// As the kernel reads the line: up to a blank, so a \r at its end belongs to the name.
std::string script_interpreter(std::string_view head) {
    head.remove_prefix(2);
    head = head.substr(0, head.find('\n'));
    head.remove_prefix(std::min(head.find_first_not_of(" \t"), head.size()));
    return std::string(head.substr(0, head.find_first_of(std::string_view(" \t\0", 3))));
}

template <class Header, class Segment>
std::string elf_loader(int fd) {
    const auto header = structure_at<Header>(fd, 0);
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        const auto s = structure_at<Segment>(fd, static_cast<off_t>(header.e_phoff + i * sizeof(Segment)));
        if (s.p_type != PT_INTERP) continue;
        auto name = read_at(fd, static_cast<off_t>(s.p_offset), std::min<std::size_t>(s.p_filesz, longest_interpreter));
        name.resize(std::min(name.find('\0'), name.size()));
        return name;
    }
    return {};
}

bool is_for_this_machine(const std::string& head) {
    const auto own = structure_at<Elf64_Ehdr>(os::unique_fd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)).get(), 0);
    Elf64_Half machine = 0; // at the same place in programs of 32 bits
    std::memcpy(&machine, head.data() + offsetof(Elf64_Ehdr, e_machine), sizeof machine);
    return own.e_machine == 0 || machine == own.e_machine || (own.e_machine == EM_X86_64 && machine == EM_386);
}

void look_inside(int fd, program_file& out) {
    const auto head = read_at(fd, 0, 256); // as much as the kernel looks at
    if (head.empty()) {
        out.what = kind::empty;
    } else if (head.starts_with("#!")) {
        out.what = kind::script;
        out.interpreter = script_interpreter(head);
    } else if (head.starts_with(ELFMAG) && head.size() >= sizeof(Elf64_Ehdr)) {
        out.what = is_for_this_machine(head) ? kind::program : kind::foreign;
        out.interpreter = head[EI_CLASS] == ELFCLASS64 ? elf_loader<Elf64_Ehdr, Elf64_Phdr>(fd)
                                                       : elf_loader<Elf32_Ehdr, Elf32_Phdr>(fd);
    } else {
        out.what = kind::other;
    }
}

} // namespace

program_file look_at_program(int directory, const std::string& file) {
    program_file out;
    struct stat st{};
    if (::fstatat(directory, file.c_str(), &st, 0) != 0) return out;
    out.what = S_ISDIR(st.st_mode) ? kind::directory : S_ISREG(st.st_mode) ? kind::other : kind::special;
    out.may_execute = (st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
    if (!S_ISREG(st.st_mode)) return out;
    const os::unique_fd fd(::openat(directory, file.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct statvfs system{};
    if (!fd || ::fstatvfs(fd.get(), &system) != 0) return out;
    out.noexec = (system.f_flag & ST_NOEXEC) != 0;
    look_inside(fd.get(), out);
    return out;
}

std::string missing_interpreter(int directory, const std::string& file) {
    constexpr int deepest = 6; // the kernel follows five scripts
    auto name = look_at_program(directory, file).interpreter;
    for (int depth = 0; depth < deepest && !name.empty(); ++depth) {
        const auto next = look_at_program(directory, name);
        if (next.what == kind::missing) return name;
        name = next.interpreter;
    }
    return {};
}

} // namespace tug::service

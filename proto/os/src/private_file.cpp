#include "tug/os/private_file.hpp"

#include "tug/os/escape.hpp"
#include "tug/os/unique_fd.hpp"

#include <openssl/crypto.h>

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <span>

namespace tug::os {

namespace {

/// A pipe without a name: only a process that has it as a descriptor can open it. A fifo in a directory is none.
bool is_pipe(int fd, const struct stat& st) {
    struct statfs fs{};
    return S_ISFIFO(st.st_mode) && ::fstatfs(fd, &fs) == 0 && fs.f_type == PIPEFS_MAGIC;
}

bool on_read_only_mount(int fd) {
    struct statvfs fs{};
    return ::fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_RDONLY) != 0;
}

/// Empty where the file may be used.
std::string wrong_with(int fd, const std::string& path, const struct stat& st, secret_readers others) {
    if (is_pipe(fd, st)) return {};
    if (!S_ISREG(st.st_mode)) return "is no regular file";
    const std::string mode = others == secret_readers::any ? "go-w " : "600 ";
    if ((st.st_mode & 022) != 0) return "can be written by others; run: chmod " + mode + quoted_name(path);
    if ((st.st_mode & 055) != 0 && others != secret_readers::any && !on_read_only_mount(fd))
        return "can be read by others; run: chmod 600 " + quoted_name(path) +
               ", or say --key-file-mode any where that is meant";
    if (st.st_uid != ::geteuid() && st.st_uid != 0) return "belongs to another user";
    return {};
}

/// Until the end, or until `to` is full; counts what was read in `size`. 0, or the errno. Sizes that fstat tells are
/// hints.
int read_all(int fd, std::span<char> to, std::size_t& size) {
    while (size < to.size()) {
        const auto n = ::read(fd, to.data() + size, to.size() - size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) { // a pipe whose writer has more to say
            pollfd more{fd, POLLIN, 0};
            ::poll(&more, 1, -1);
            continue;
        }
        if (n < 0) return errno;
        if (n == 0) break;
        size += static_cast<std::size_t>(n);
    }
    return 0;
}

} // namespace

secret_text::~secret_text() {
    if (text_) OPENSSL_cleanse(text_.get(), size_);
}

proto::result<secret_text> read_private_file(const std::string& path, proto::errc code, secret_readers others) {
    const auto bad = [&](std::string_view why) {
        return proto::failure(code, std::string(path).append(" ").append(why));
    };
    const auto unreadable = [&](int err) { return bad(std::string("cannot be read: ") + std::strerror(err)); };
    // A fifo without O_NONBLOCK would wait for a writer.
    const unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct stat st{};
    if (!file || ::fstat(file.get(), &st) != 0) return unreadable(errno);
    if (const auto wrong = wrong_with(file.get(), path, st, others); !wrong.empty()) return bad(wrong);
    // All at once, for a buffer that grows would leave copies behind; and the pages that are not read into cost
    // nothing.
    auto text = std::make_unique_for_overwrite<char[]>(max_private_file + 1);
    std::size_t size = 0;
    const int err = read_all(file.get(), {text.get(), max_private_file + 1}, size);
    secret_text out(std::move(text), size); // wiped also where half of it was read
    if (err != 0) return unreadable(err);
    if (out.view().size() > max_private_file) return bad("is larger than 1 MiB");
    return out;
}

} // namespace tug::os

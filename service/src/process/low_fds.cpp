#include "low_fds.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>

namespace tug::service {

namespace {

// The kernel copies descriptor tables in units of 64, so every number below is as cheap as 3.
constexpr int first_expensive = 64;

// Where there are so few, none is expensive, and each is needed.
constexpr rlim_t few_descriptors = 256;

bool are_few() {
    rlimit files{};
    return ::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur <= few_descriptors;
}

} // namespace

low_fds::low_fds(std::size_t trios) : placeholder_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
    if (!placeholder_ || are_few()) return;
    for (free_.reserve(trios); free_.size() < trios;) {
        std::array<os::unique_fd, 3> got;
        trio fds{};
        bool cheap = true;
        for (std::size_t i = 0; i < got.size(); ++i) {
            got[i].reset(::fcntl(placeholder_.get(), F_DUPFD_CLOEXEC, 3));
            fds[i] = got[i].get();
            cheap = cheap && got[i] && fds[i] < first_expensive;
        }
        if (!cheap) return;
        for (auto& fd : got) static_cast<void>(fd.release()); // owned by number from here on: free_ or a loan
        free_.push_back(fds);
    }
}

low_fds::~low_fds() {
    for (const trio& fds : free_) {
        for (const int fd : fds) os::unique_fd close(fd);
    }
}

bool low_fds::take(trio& fds) {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return false;
    fds = free_.back();
    free_.pop_back();
    return true;
}

void low_fds::give_back(const trio& fds) {
    // The placeholder takes the number back, which closes the copy of the pipe at the same moment.
    for (const int fd : fds) ::dup3(placeholder_.get(), fd, O_CLOEXEC);
    const std::lock_guard lock(mutex_);
    free_.push_back(fds); // never allocates: the constructor reserved room for all
}

low_fds::loan::loan(low_fds& owner, const trio& sources) : owner_(owner), reserved_(owner.take(fds_)) {
    for (std::size_t i = 0; i < sources.size() && error_ == 0; ++i) {
        const int fd = reserved_ ? ::dup3(sources[i], fds_[i], O_CLOEXEC) : ::fcntl(sources[i], F_DUPFD_CLOEXEC, 3);
        if (fd < 0) error_ = errno;
        // dup3 says EBADF also where the limit on open files has sunk below the reserved numbers.
        if (error_ == EBADF && ::fcntl(sources[i], F_GETFD) >= 0) error_ = EMFILE;
        if (!reserved_) fds_[i] = fd;
    }
}

low_fds::loan::~loan() {
    if (reserved_) {
        owner_.give_back(fds_);
        return;
    }
    for (const int fd : fds_) os::unique_fd close(fd);
}

} // namespace tug::service

#include "local_tree.hpp"

#include "local_failure.hpp"

#include <tug/os/errno.hpp>
#include <tug/os/path_text.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace tug::detail {

namespace {

/// A symlink that the user names is followed; those in the tree are not.
os::unique_fd open_top(const std::string& path) {
    return os::unique_fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

os::unique_fd another(const os::unique_fd& of) {
    return os::unique_fd(::fcntl(of.get(), F_DUPFD_CLOEXEC, 0));
}

bool is_directory(const std::string& path) {
    struct stat st{};
    return ::stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

} // namespace

proto::failure as_local(const proto::failure& why) {
    proto::failure f(proto::errc::local_io, why.message);
    f.os_error = why.os_error;
    f.stored = why.stored;
    return f;
}

proto::result<os::tree_reader> open_local_tree(const std::string& path, os::tree_read_options how) {
    auto top = open_top(path);
    if (!top) return local_failure(path, errno);
    auto reader = os::tree_reader::begin(std::move(top), std::move(how));
    if (!reader) return as_local(reader.error());
    return reader;
}

proto::result<void> open_local_place(local_place& to, std::string path, const tree_options::settings_type& how) {
    if (path.empty()) return local_failure("\"\"", ENOENT);
    if (!how.into.empty() && (path.ends_with('/') || is_directory(path))) path = os::path_in(std::move(path), how.into);
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    auto there = open_top(path);
    if (!there && errno != ENOENT) return local_failure(path, errno);
    if (there && how.compare != tree_compare::nothing) {
        os::tree_read_options list;
        list.listing = true;
        list.owner = how.owner;
        list.digests = how.compare == tree_compare::digests;
        list.exclude = proto::name_patterns(how.exclude);
        auto reader = os::tree_reader::begin(another(there), std::move(list));
        if (!reader) return as_local(reader.error());
        to.listing.emplace(std::move(*reader));
    }
    if (how.change) to.changes.emplace(there ? another(there) : os::unique_fd());
    if (how.dry_run) return {};
    os::tree_write_options write;
    write.remove = how.remove;
    write.owner = how.owner;
    write.durable = how.durable;
    write.delta = how.delta;
    if (there && how.mode == tree_mode::merge) {
        to.writer.emplace(std::move(there), write);
        return {};
    }
    const auto slash = path.rfind('/');
    const auto name = slash == std::string::npos ? path : path.substr(slash + 1);
    if (name.empty() || name == "." || name == "..") return local_failure(path, EEXIST);
    auto parent = open_top(slash == std::string::npos ? "." : path.substr(0, slash + 1));
    if (!parent) return local_failure(path, errno);
    auto staged = os::staged_tree::create(
        std::move(parent), name, how.mode == tree_mode::replace ? os::tree_target::directory : os::tree_target::none);
    if (!staged) return as_local(staged.error());
    to.writer.emplace(std::move(*staged), write);
    if (to.listing) to.writer->take_from(std::move(there));
    return {};
}

} // namespace tug::detail

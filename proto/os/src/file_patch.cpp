#include "tug/os/file_patch.hpp"

#include "tug/os/errno.hpp"

#include <tug/proto/block_delta.hpp>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

namespace tug::os {

proto::result<void> file_patch::work(std::string& told) {
    if (whole_) return verify();
    if (base_) return copy_base();
    if (!blocks_)
        if (auto begun = begin_digests(told); !begun) return begun;
    return blocks_->step(range_digest::step_bytes, told);
}

proto::result<void> file_patch::copy_base() {
    const auto copied = to_.take_base(base_->fd.get(), base_->size);
    if (!copied) return copied.error();
    if (*copied) base_.reset();
    return {};
}

/// Of the blocks beyond most_blocks nothing is said.
proto::result<void> file_patch::begin_digests(std::string& told) {
    const auto count = std::min<std::uint64_t>((to_.size() + block_ - 1) / block_, proto::block_delta::most_blocks);
    proto::block_list::append_count(told, static_cast<std::uint32_t>(count));
    opened_file copy;
    copy.fd.reset(::fcntl(to_.descriptor(), F_DUPFD_CLOEXEC, 0));
    if (!copy.fd) return file_failure(errno, "cannot read a copy");
    copy.size = to_.size();
    digest_range all;
    all.length = std::min(count * block_, copy.size);
    all.block = block_;
    auto begun = file_digest::begin(std::move(copy), all);
    if (!begun) return begun.error();
    blocks_.emplace(std::move(*begun));
    return {};
}

proto::result<void> file_patch::end(std::uint64_t size, const proto::digest& expected) {
    if (auto cut = to_.set_size(size); !cut) return cut;
    expected_ = expected;
    whole_.emplace(to_.descriptor(), 0, size, proto::hasher(expected.kind()));
    return {};
}

proto::result<void> file_patch::verify() {
    const auto over = whole_->step();
    if (!over) return over.error();
    if (!*over) return {};
    const auto actual = whole_->take().finish();
    verified_ = actual == *expected_;
    if (verified_) return {};
    return proto::failure(proto::errc::digest_mismatch, "a file that was built on what is there is " +
                                                            actual.to_string() + ", not " + expected_->to_string());
}

} // namespace tug::os

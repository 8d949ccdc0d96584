#include <tug/time_limit.hpp>
#include <tug/transfer.hpp>

namespace tug {

namespace {

std::uint64_t timeout_ms(std::chrono::milliseconds limit) {
    return static_cast<std::uint64_t>(detail::within_limits(limit).count());
}

} // namespace

put_options& put_options::mode(std::uint32_t bits) {
    params_.mode = bits;
    return *this;
}

put_options& put_options::new_mode(std::uint32_t bits) {
    params_.new_mode = bits;
    return *this;
}

put_options& put_options::follow(bool yes) {
    params_.follow = yes;
    return *this;
}

put_options& put_options::in_place(bool yes) {
    params_.in_place = yes;
    return *this;
}

put_options& put_options::mtime_ns(std::int64_t time) {
    params_.mtime_ns = time;
    return *this;
}

put_options& put_options::preserve(bool yes) {
    preserve_ = yes;
    return *this;
}

put_options& put_options::overwrite(bool yes) {
    params_.overwrite = yes;
    return *this;
}

put_options& put_options::make_parents(bool yes) {
    params_.make_parents = yes;
    return *this;
}

put_options& put_options::durable(bool yes) {
    params_.durable = yes;
    return *this;
}

put_options& put_options::digest(digest_kind kind) {
    params_.digest.kind = kind;
    return *this;
}

put_options& put_options::timeout(std::chrono::milliseconds limit) {
    params_.timeout_ms = timeout_ms(limit);
    return *this;
}

put_options& put_options::on_progress(progress_callback call) {
    progress_ = std::move(call);
    return *this;
}

get_options& get_options::offset(std::uint64_t bytes) {
    params_.offset = bytes;
    return *this;
}

get_options& get_options::length(std::uint64_t bytes) {
    params_.length = bytes;
    return *this;
}

get_options& get_options::digest(digest_kind kind) {
    params_.digest = kind;
    return *this;
}

get_options& get_options::timeout(std::chrono::milliseconds limit) {
    params_.timeout_ms = timeout_ms(limit);
    return *this;
}

get_options& get_options::on_progress(progress_callback call) {
    progress_ = std::move(call);
    return *this;
}

get_options& get_options::preserve(bool yes) {
    preserve_ = yes;
    return *this;
}

get_options& get_options::durable(bool yes) {
    durable_ = yes;
    return *this;
}

get_options& get_options::max_bytes(std::uint64_t bytes) {
    max_bytes_ = bytes;
    return *this;
}

} // namespace tug

#include <tug/os/partial_file.hpp>
#include <tug/time_limit.hpp>
#include <tug/transfer.hpp>

#include <tug/proto/compression.hpp>

#include <algorithm>
#include <utility>

namespace tug {

std::string resume_token(std::initializer_list<std::string_view> texts) {
    return os::token_of(texts);
}

put_options& put_options::mode(std::uint32_t bits) & {
    set_.mode = bits;
    return *this;
}

put_options& put_options::new_mode(std::uint32_t bits) & {
    set_.new_mode = bits;
    return *this;
}

put_options& put_options::follow(bool yes) & {
    set_.follow = yes;
    return *this;
}

put_options& put_options::in_place(bool yes) & {
    set_.in_place = yes;
    return *this;
}

put_options& put_options::mtime_ns(std::int64_t time) & {
    set_.mtime_ns = time;
    return *this;
}

put_options& put_options::preserve(bool yes) & {
    set_.preserve = yes;
    return *this;
}

put_options& put_options::overwrite(bool yes) & {
    set_.overwrite = yes;
    return *this;
}

put_options& put_options::make_parents(bool yes) & {
    set_.make_parents = yes;
    return *this;
}

put_options& put_options::durable(bool yes) & {
    set_.durable = yes;
    return *this;
}

put_options& put_options::if_match(std::string digest) & {
    set_.if_match = std::move(digest);
    return *this;
}

put_options& put_options::if_changed(bool yes) & {
    set_.if_changed = yes;
    return *this;
}

put_options& put_options::resume(std::string token) & {
    set_.resume = std::move(token);
    return *this;
}

put_options& put_options::digest(digest_kind kind) & {
    set_.digest = kind;
    return *this;
}

put_options& put_options::timeout(std::chrono::milliseconds limit) & {
    set_.timeout = detail::within_limits(limit);
    return *this;
}

put_options& put_options::on_progress(progress_callback call) & {
    set_.progress = std::move(call);
    return *this;
}

put_options& put_options::delta(bool yes) & {
    set_.delta = yes;
    return *this;
}

put_options& put_options::limit_rate(std::uint64_t bytes_per_second) & {
    set_.limit_rate = std::max<std::uint64_t>(bytes_per_second, 1);
    return *this;
}

put_options& put_options::compress(std::uint32_t level) & {
    set_.compress = std::clamp(level, proto::lowest_level, proto::highest_level);
    return *this;
}

get_options& get_options::compress(std::uint32_t level) & {
    set_.compress = std::clamp(level, proto::lowest_level, proto::highest_level);
    return *this;
}

get_options& get_options::delta(bool yes) & {
    set_.delta = yes;
    return *this;
}

get_options& get_options::limit_rate(std::uint64_t bytes_per_second) & {
    set_.limit_rate = std::max<std::uint64_t>(bytes_per_second, 1);
    return *this;
}

get_options& get_options::offset(std::uint64_t bytes) & {
    set_.offset = bytes;
    return *this;
}

get_options& get_options::length(std::uint64_t bytes) & {
    set_.length = bytes;
    return *this;
}

get_options& get_options::digest(digest_kind kind) & {
    set_.digest = kind;
    return *this;
}

get_options& get_options::timeout(std::chrono::milliseconds limit) & {
    set_.timeout = detail::within_limits(limit);
    return *this;
}

get_options& get_options::on_progress(progress_callback call) & {
    set_.progress = std::move(call);
    return *this;
}

get_options& get_options::preserve(bool yes) & {
    set_.preserve = yes;
    return *this;
}

get_options& get_options::durable(bool yes) & {
    set_.durable = yes;
    return *this;
}

get_options& get_options::if_changed(bool yes) & {
    set_.if_changed = yes;
    return *this;
}

get_options& get_options::resume(std::string token) & {
    set_.resume = std::move(token);
    return *this;
}

get_options& get_options::max_bytes(std::uint64_t bytes) & {
    set_.max_bytes = bytes;
    return *this;
}

} // namespace tug

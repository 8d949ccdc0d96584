#include <tug/time_limit.hpp>
#include <tug/trees.hpp>

#include <algorithm>

#include <tug/proto/compression.hpp>
#include <tug/proto/name_patterns.hpp>

#include <utility>

namespace tug {

tree_options& tree_options::mode(tree_mode what) & {
    set_.mode = what;
    return *this;
}

tree_options& tree_options::compare(tree_compare by) & {
    set_.compare = by;
    return *this;
}

tree_options& tree_options::remove(bool yes) & {
    set_.remove = yes;
    return *this;
}

tree_options& tree_options::exclude(std::string pattern) & {
    set_.exclude.push_back(std::move(pattern));
    return *this;
}

tree_options& tree_options::into(std::string name) & {
    set_.into = std::move(name);
    return *this;
}

tree_options& tree_options::owner(bool yes) & {
    set_.owner = yes;
    return *this;
}

tree_options& tree_options::make_parents(bool yes) & {
    set_.make_parents = yes;
    return *this;
}

tree_options& tree_options::durable(bool yes) & {
    set_.durable = yes;
    return *this;
}

tree_options& tree_options::delta(bool yes) & {
    set_.delta = yes;
    return *this;
}

tree_options& tree_options::resume(std::string token) & {
    set_.resume = std::move(token);
    return *this;
}

tree_options& tree_options::dry_run(bool yes) & {
    set_.dry_run = yes;
    return *this;
}

tree_options& tree_options::limit_rate(std::uint64_t bytes_per_second) & {
    set_.limit_rate = std::max<std::uint64_t>(bytes_per_second, 1);
    return *this;
}

tree_options& tree_options::compress(std::uint32_t level) & {
    set_.compress = std::clamp(level, proto::lowest_level, proto::highest_level);
    return *this;
}

tree_options& tree_options::timeout(std::chrono::milliseconds limit) & {
    set_.timeout = detail::within_limits(limit);
    return *this;
}

tree_options& tree_options::on_change(tree_change_callback call) & {
    set_.change = std::move(call);
    return *this;
}

tree_options& tree_options::on_progress(tree_progress_callback call) & {
    set_.progress = std::move(call);
    return *this;
}

bool matches(std::string_view pattern, std::string_view name) {
    return proto::matches(pattern, name);
}

} // namespace tug

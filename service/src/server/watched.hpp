#pragma once

#include <boost/intrusive/list.hpp>

#include <chrono>

namespace tug::service {

/// The connections of a thread on which something may be late. The thread looks at these a few times a second, and not
/// at the idle ones: a look at each would be the most that they cost.
///
/// Thread safety: none.
class watched_list {
public:
    /// One thing in the list, or not in it. It leaves the list when it is destroyed.
    class entry : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    public:
        entry() = default;
        entry(const entry&) = delete;
        entry& operator=(const entry&) = delete;

        /// Called a few times a second. False: nothing can be late until it is added again. It must not end the life of
        /// any entry.
        [[nodiscard]] virtual bool tick(std::chrono::steady_clock::time_point now) = 0;

    protected:
        ~entry() = default;
    };

    /// Does nothing where it is in the list.
    void add(entry& e) {
        if (!e.is_linked()) entries_.push_back(e);
    }

    void tick(std::chrono::steady_clock::time_point now) {
        for (auto at = entries_.begin(); at != entries_.end();) {
            auto& one = *at++;
            if (!one.tick(now)) one.unlink();
        }
    }

private:
    boost::intrusive::list<entry, boost::intrusive::constant_time_size<false>> entries_;
};

} // namespace tug::service

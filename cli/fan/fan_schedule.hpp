#pragma once

#include <cstddef>
#include <optional>

namespace tug::cli {

/// Which of many hosts begin now, in their order: so many at once, batch after batch, and none any more after a failure
/// where that ends it. It only decides: the caller starts what next() brings, and tells what has ended. No I/O.
class fan_schedule {
public:
    struct limits {
        std::size_t parallel = 1; ///< At least 1.
        std::size_t batch = 0;    ///< A batch begins when the one before it has ended; 0: all are one.
        bool fail_fast = false;   ///< After a failure no more begin. Those that run go on to their end.
    };

    fan_schedule(std::size_t hosts, limits how) : hosts_(hosts), how_(how), batch_end_(how.batch == 0 ? hosts : 0) {}

    /// The host that begins now; nothing where none may.
    [[nodiscard]] std::optional<std::size_t> next();

    /// A host that next() brought has ended.
    void ended(bool well);

    /// No more hosts begin.
    void stop() noexcept { stopped_ = true; }

    /// Nothing runs and nothing will.
    [[nodiscard]] bool over() const noexcept { return running_ == 0 && (stopped_ || begun_ == hosts_); }

    /// Hosts from this one on have never begun, once it is over.
    [[nodiscard]] std::size_t begun() const noexcept { return begun_; }

private:
    std::size_t hosts_;
    limits how_;
    std::size_t begun_ = 0;
    std::size_t running_ = 0;
    std::size_t batch_end_;
    bool stopped_ = false;
};

} // namespace tug::cli

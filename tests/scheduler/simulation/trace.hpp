// Events and actions as text for people, and as one number that differs where any of them does.
#pragma once

#include <cstdint>
#include <string>

#include "kindred/scheduler/event.hpp"

namespace kindred::simulation {

std::string text(const scheduler::Event& event);
std::string text(const scheduler::Action& action);

/// Mixes all that the action says into `digest`; no address is part of it.
std::uint64_t digest(std::uint64_t digest, const scheduler::Action& action);

}  // namespace kindred::simulation

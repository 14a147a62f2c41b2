// Kindred: all that a driver program needs.
#pragma once

#include "kindred/engine/error.hpp"
#include "kindred/engine/portable_function.hpp"
#include "kindred/engine/storage_level.hpp"
#include "kindred/rdd/config.hpp"
#include "kindred/rdd/context.hpp"
#include "kindred/rdd/job_group.hpp"
#include "kindred/rdd/rdd.hpp"
#include "kindred/rdd/split.hpp"

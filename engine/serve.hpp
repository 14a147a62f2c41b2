// What makes one executable both the driver and its executors.
#pragma once

namespace kindred {

/// Serves tasks until the driver is gone, and ends the process, if a driver started this process as
/// an executor; returns false in every other process. Programs that link kindred::kindred need not
/// call it: the link option --wrap=main does so before main. For builds without that option, as the
/// first line of main:
///     if (kindred::serve_if_executor(argc, argv)) return 0;
bool serve_if_executor(int argc, char** argv);

}  // namespace kindred

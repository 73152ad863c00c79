package io.omnirun.model;

/** What a sandbox's machine runs on, for its whole life: what was paused resumes on the same. */
public record MachineKind(Vmm vmm, Accelerator accelerator) {}

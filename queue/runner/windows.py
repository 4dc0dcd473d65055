"""The Windows calls that `processes.py` needs, by ctypes: job objects, start times, memory.

Imported on Windows only. No bpy here.
"""

import ctypes
from ctypes import wintypes
from typing import Self

_kernel = ctypes.WinDLL("kernel32", use_last_error=True)

_LIMIT_KILL_ON_JOB_CLOSE = 0x2000
_EXTENDED_LIMITS, _ACCOUNTING = 9, 1
_TERMINATE, _SET_QUOTA, _QUERY_LIMITED, _SYNCHRONIZE = 0x0001, 0x0100, 0x1000, 0x00100000
_STILL_ACTIVE = 259


class _BasicLimits(ctypes.Structure):
    _fields_ = [
        ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
        ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
        ("LimitFlags", wintypes.DWORD),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", wintypes.DWORD),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", wintypes.DWORD),
        ("SchedulingClass", wintypes.DWORD),
    ]


class _ExtendedLimits(ctypes.Structure):
    _fields_ = [
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", ctypes.c_ulonglong * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    ]


class _Accounting(ctypes.Structure):
    _fields_ = [
        ("TotalUserTime", wintypes.LARGE_INTEGER),
        ("TotalKernelTime", wintypes.LARGE_INTEGER),
        ("ThisPeriodTotalUserTime", wintypes.LARGE_INTEGER),
        ("ThisPeriodTotalKernelTime", wintypes.LARGE_INTEGER),
        ("TotalPageFaultCount", wintypes.DWORD),
        ("TotalProcesses", wintypes.DWORD),
        ("ActiveProcesses", wintypes.DWORD),
        ("TotalTerminatedProcesses", wintypes.DWORD),
    ]


class _MemoryCounters(ctypes.Structure):
    _fields_ = [
        ("cb", wintypes.DWORD),
        ("PageFaultCount", wintypes.DWORD),
        ("PeakWorkingSetSize", ctypes.c_size_t),
        ("WorkingSetSize", ctypes.c_size_t),
        ("QuotaPeakPagedPoolUsage", ctypes.c_size_t),
        ("QuotaPagedPoolUsage", ctypes.c_size_t),
        ("QuotaPeakNonPagedPoolUsage", ctypes.c_size_t),
        ("QuotaNonPagedPoolUsage", ctypes.c_size_t),
        ("PagefileUsage", ctypes.c_size_t),
        ("PeakPagefileUsage", ctypes.c_size_t),
    ]


def _declare(name: str, result: type, *arguments: type) -> None:
    function = getattr(_kernel, name)
    function.restype, function.argtypes = result, arguments


_P = ctypes.c_void_p
_declare("CreateJobObjectW", wintypes.HANDLE, _P, wintypes.LPCWSTR)
_declare(
    "SetInformationJobObject", wintypes.BOOL, wintypes.HANDLE, ctypes.c_int, _P, wintypes.DWORD
)
_declare(
    "QueryInformationJobObject",
    wintypes.BOOL,
    wintypes.HANDLE,
    ctypes.c_int,
    _P,
    wintypes.DWORD,
    _P,
)
_declare("AssignProcessToJobObject", wintypes.BOOL, wintypes.HANDLE, wintypes.HANDLE)
_declare("TerminateJobObject", wintypes.BOOL, wintypes.HANDLE, wintypes.UINT)
_declare("OpenProcess", wintypes.HANDLE, wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
_declare("TerminateProcess", wintypes.BOOL, wintypes.HANDLE, wintypes.UINT)
_declare("GetExitCodeProcess", wintypes.BOOL, wintypes.HANDLE, _P)
_declare("GetProcessTimes", wintypes.BOOL, wintypes.HANDLE, _P, _P, _P, _P)
_declare("K32GetProcessMemoryInfo", wintypes.BOOL, wintypes.HANDLE, _P, wintypes.DWORD)
_declare("CloseHandle", wintypes.BOOL, wintypes.HANDLE)


class JobObject:
    """A job object whose processes die with it, and it with us: no worker outlives its runner."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @classmethod
    def holding(cls, pid: int) -> Self:
        """A new job object with that process, and all it starts, in it. OSError if that fails."""
        job = cls(_checked(_kernel.CreateJobObjectW(None, None)))
        limits = _ExtendedLimits()
        limits.BasicLimitInformation.LimitFlags = _LIMIT_KILL_ON_JOB_CLOSE
        _checked(
            _kernel.SetInformationJobObject(
                job._handle, _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)
            )
        )
        process = _checked(_kernel.OpenProcess(_TERMINATE | _SET_QUOTA, False, pid))
        try:
            _checked(_kernel.AssignProcessToJobObject(job._handle, process))
        finally:
            _kernel.CloseHandle(process)
        return job

    def terminate(self) -> None:
        """End every process in it."""
        _checked(_kernel.TerminateJobObject(self._handle, 1))

    def active_processes(self) -> int:
        """How many of its processes live."""
        found = _Accounting()
        _checked(
            _kernel.QueryInformationJobObject(
                self._handle, _ACCOUNTING, ctypes.byref(found), ctypes.sizeof(found), None
            )
        )
        return found.ActiveProcesses

    def close(self) -> None:
        """Give the job object back, which ends whatever lives in it."""
        _kernel.CloseHandle(self._handle)


def start_time_or_none(pid: int) -> str | None:
    """When a living process was started, in the system's own count."""
    process = _kernel.OpenProcess(_QUERY_LIMITED, False, pid)
    if not process:
        return None
    try:
        code = wintypes.DWORD()
        _checked(_kernel.GetExitCodeProcess(process, ctypes.byref(code)))
        if code.value != _STILL_ACTIVE:
            return None
        times = [wintypes.FILETIME() for _ in range(4)]
        _checked(_kernel.GetProcessTimes(process, *map(ctypes.byref, times)))
        return str(times[0].dwHighDateTime << 32 | times[0].dwLowDateTime)
    finally:
        _kernel.CloseHandle(process)


def memory_mb_or_none(pid: int) -> float | None:
    """The working set of a process, in MB."""
    process = _kernel.OpenProcess(_QUERY_LIMITED, False, pid)
    if not process:
        return None
    try:
        counters = _MemoryCounters()
        counters.cb = ctypes.sizeof(counters)
        _checked(_kernel.K32GetProcessMemoryInfo(process, ctypes.byref(counters), counters.cb))
        return counters.WorkingSetSize / 1e6
    finally:
        _kernel.CloseHandle(process)


def terminate(pid: int) -> None:
    """End one process; that it has ended already is fine."""
    process = _kernel.OpenProcess(_TERMINATE, False, pid)
    if process:
        _kernel.TerminateProcess(process, 1)
        _kernel.CloseHandle(process)


def _checked(result: int) -> int:
    if not result:
        raise ctypes.WinError(ctypes.get_last_error())
    return result

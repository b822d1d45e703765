package server

const wNoWaitFlag = 0x20 // WNOWAIT

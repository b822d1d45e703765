package server

const wNoWaitFlag = 0x1000000 // WNOWAIT

import { TestDevices } from "../support/devices.ts"
import { directoryContract } from "./directory.contract.ts"

directoryContract("in one process", () => TestDevices.start())

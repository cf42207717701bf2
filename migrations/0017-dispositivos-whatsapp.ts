/** For operators who read the database: devices under the name and the columns that they know. */
import { type Kysely, sql } from "kysely"
import type { Words } from "../src/store/dialect/ddl.ts"

export const up = async (db: Kysely<unknown>, words: Words): Promise<void> => {
  const mysql = words.dialect === "mysql"
  const time = (column: string) =>
    mysql ? `FROM_UNIXTIME(${column} / 1000)` : `datetime(${column} / 1000, 'unixepoch')`
  await sql
    .raw(`CREATE ${mysql ? "OR REPLACE VIEW" : "VIEW IF NOT EXISTS"} dispositivos_whatsapp AS
SELECT number_id AS id, NULLIF(owner, 0) AS usuario_id, number AS numero, name AS nombre,
  CASE state WHEN 'CONNECTED' THEN 'conectado' ELSE 'desconectado' END AS estado, instance_id AS instancia_id,
  ${time("connected_at")} AS fecha_conexion, ${time("disconnected_at")} AS fecha_desconexion,
  state, session_id, device_id FROM device WHERE state <> 'removed'`)
    .execute(db)
}

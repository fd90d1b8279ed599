-- What stands in for Citus in the tests: what the store asks of it, and what it refuses, as its
-- documentation and its source have it (11 to 13). It is not Citus: every row stays where it is,
-- there is no other node, and no statement is planned otherwise than PostgreSQL plans it.

SET allow_system_table_mods = on;

INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
SELECT 9999, 'citus', oid, 'pg_catalog'::regnamespace, false, 'stand-in'
FROM pg_roles WHERE rolname = current_user;

CREATE TABLE pg_catalog.pg_dist_partition (
    logicalrelid regclass PRIMARY KEY,
    partmethod "char" NOT NULL,     -- h: spread by hash; n: a whole copy on every node
    partkey text,                   -- here the name of the column
    colocationid integer NOT NULL,  -- here the oid of the column's type
    emptied boolean NOT NULL DEFAULT false  -- only here: the copy on the coordinator was removed
);

CREATE FUNCTION pg_catalog.column_to_column_name(table_name regclass, partkey text) RETURNS text
    LANGUAGE sql RETURN partkey;

CREATE FUNCTION pg_catalog.create_distributed_table(
    table_name regclass, distribution_column text, distribution_type text DEFAULT 'hash',
    colocate_with text DEFAULT 'default') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    spread pg_attribute;
    colocation integer;
BEGIN
    IF EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = table_name) THEN
        RAISE 'table "%" is already distributed', table_name;
    ELSIF current_setting('citus.multi_shard_modify_mode', true) = 'sequential'
        AND current_setting('citus.went_parallel', true) = 'yes'
    THEN
        RAISE 'cannot distribute "%" in sequential mode because a parallel query was executed in '
            'this transaction', table_name;
    END IF;
    SELECT * INTO spread FROM pg_attribute
    WHERE attrelid = table_name AND attname = distribution_column AND NOT attisdropped;
    IF NOT FOUND THEN
        RAISE 'column "%" of relation "%" does not exist', distribution_column, table_name;
    ELSIF spread.attgenerated <> '' THEN
        RAISE 'cannot distribute relation: %', table_name
            USING DETAIL = 'Distribution column must not use GENERATED ALWAYS AS (...) STORED.';
    END IF;
    IF EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = table_name AND attidentity <> '' AND atttypid <> 'bigint'::regtype
    ) THEN
        RAISE 'cannot complete operation on % with smallint/int identity column', table_name;
    ELSIF EXISTS (
        SELECT FROM pg_index
        WHERE indrelid = table_name AND (indisunique OR indisexclusion)
            AND spread.attnum <> ALL ((indkey::smallint[])[0:indnkeyatts - 1])
    ) THEN
        RAISE 'cannot create constraint on "%"', table_name
            USING DETAIL = 'Distributed relations cannot have UNIQUE, EXCLUDE, or PRIMARY KEY '
                'constraints that do not include the partition column';
    ELSIF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = table_name AND NOT tgisinternal) THEN
        RAISE 'cannot distribute relation "%" because it has triggers', table_name;
    END IF;
    colocation := CASE colocate_with
        WHEN 'default' THEN spread.atttypid::integer
        WHEN 'none' THEN table_name::oid::integer
        ELSE (SELECT colocationid FROM pg_dist_partition
              WHERE logicalrelid = colocate_with::regclass)
    END;
    IF EXISTS (
        SELECT FROM pg_dist_partition JOIN pg_attribute
            ON attrelid = logicalrelid AND attname = partkey
        WHERE colocationid = colocation AND attcollation <> spread.attcollation
    ) THEN
        RAISE 'cannot colocate tables % and another', table_name;
    END IF;
    IF EXISTS (
        SELECT FROM pg_constraint LEFT JOIN pg_dist_partition ON logicalrelid = confrelid
        WHERE contype = 'f' AND conrelid = table_name AND partmethod IS DISTINCT FROM 'n'
            AND (colocationid IS DISTINCT FROM colocation OR spread.attnum <> ALL (conkey))
    ) THEN
        RAISE 'cannot create foreign key constraint since relations are not colocated or not '
            'referencing a reference table';
    END IF;
    INSERT INTO pg_dist_partition VALUES (table_name, 'h', distribution_column, colocation);
END $$;

CREATE FUNCTION pg_catalog.create_reference_table(table_name regclass) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = table_name) THEN
        RAISE 'table "%" is already distributed', table_name;
    END IF;
    INSERT INTO pg_dist_partition VALUES (table_name, 'n', NULL, 0);
END $$;

CREATE FUNCTION pg_catalog.undistribute_table(table_name regclass) RETURNS void
    LANGUAGE sql AS 'DELETE FROM pg_dist_partition WHERE logicalrelid = table_name';

CREATE FUNCTION pg_catalog.truncate_local_data_after_distributing_table(function_table regclass)
    RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pg_dist_partition SET emptied = true WHERE logicalrelid = function_table;
    IF NOT FOUND THEN
        RAISE 'supplied parameter is not a distributed relation';
    END IF;
END $$;

-- What changes a spread table does so over several connections, unless it is told otherwise.
CREATE FUNCTION pg_catalog.citus_went_parallel() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('citus.multi_shard_modify_mode', true), '') <> 'sequential'
        AND EXISTS (SELECT FROM pg_event_trigger_ddl_commands(), pg_dist_partition
                    WHERE objid = logicalrelid AND partmethod = 'h')
    THEN
        PERFORM set_config('citus.went_parallel', 'yes', true);
    END IF;
END $$;
CREATE EVENT TRIGGER citus_went_parallel ON ddl_command_end WHEN TAG IN ('ALTER TABLE')
    EXECUTE FUNCTION citus_went_parallel();

-- As if each of two workers held a copy: not what PostgreSQL's own function says.
CREATE FUNCTION pg_catalog.citus_total_relation_size(logicalrelid regclass) RETURNS bigint
    LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_dist_partition p WHERE p.logicalrelid = $1) THEN
        RAISE 'cannot calculate the size because relation % is not distributed', $1;
    END IF;
    RETURN 2 * pg_total_relation_size($1);
END $$;

"""The schema of sign-in: accounts of people, clients of systems, and the tokens of clients (digests only)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from suksala.foundation.sealed import SealedField


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts; a demo account never gets a usable password."""

    def create_account(self, login: str, password: str | None = None, **fields: Any) -> Account:
        """A new account. Without a password it can be entered only through a demo or an outside provider."""
        account = self.model(login=login, **fields)
        account.set_password(None if account.demo else password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """One person who signs in, in one role."""

    class Role(models.TextChoices):
        """What somebody comes to do."""

        CITIZEN = "citizen"
        CLINICIAN = "clinician"
        CLERK = "clerk"
        DISTRICT = "district"
        STEWARD = "steward"
        PRIVACY = "privacy"

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the account")
    password = models.CharField(max_length=128, db_comment="sensitive: salted hash, or unusable")
    last_login = models.DateTimeField(null=True, blank=True, db_comment="technical: last sign-in")
    login = models.CharField(max_length=64, unique=True, db_comment="direct: name used to sign in")
    display_th = models.TextField(db_comment="direct: name shown, Thai")
    display_en = models.TextField(db_comment="direct: name shown, English")
    role = models.CharField(
        max_length=16,
        choices=Role.choices,
        db_comment="technical: citizen, clinician, clerk, district, steward, privacy",
    )
    hospcode = models.CharField(
        max_length=5, blank=True, default="", db_comment="quasi: facility at which somebody works"
    )
    district = models.CharField(max_length=4, blank=True, default="", db_comment="quasi: district of a team member")
    # Not called `person` in the table: an account is not split by person as records are.
    person = models.BigIntegerField(
        null=True, blank=True, db_column="own_person", db_comment="key: a citizen's own person"
    )
    # A number of registry.practitioner: who gives care under this account; licence and roles are read there.
    practitioner = models.BigIntegerField(
        null=True, blank=True, db_index=True, db_comment="key: the practitioner who signs in"
    )
    ial = models.CharField(
        max_length=4, blank=True, default="", db_comment="technical: identity assurance level of a citizen, IAL"
    )
    proofed_how = models.CharField(max_length=16, blank=True, default="", db_comment="technical: how it was proven")
    proofed_at = models.DateTimeField(null=True, blank=True, db_comment="technical: when it was proven")
    proofed_by = models.TextField(blank=True, default="", db_comment="direct: who saw it, as in the audit log")
    demo = models.BooleanField(default=False, db_comment="technical: made up, usable only in demo mode")
    is_active = models.BooleanField(default=True, db_comment="technical: may sign in")

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        db_table = "signin_account"

    @property
    def actor(self) -> str:
        """The account's name in the audit log."""
        return f"account:{self.login}"


class ClientRow(models.Model):
    """A system that may ask over the FHIR API."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the client")
    name = models.CharField(max_length=64, unique=True, db_comment="technical: name of the client")
    hospcode = models.CharField(
        max_length=5, null=True, db_comment="technical: facility whose data it sees; NULL sees all"
    )
    scopes = models.TextField(db_comment="technical: what it may ask, SMART system scopes")
    lenient = models.BooleanField(
        default=False, db_default=False, db_comment="technical: faults of what it writes are only told"
    )
    active = models.BooleanField(default=True, db_comment="technical: its tokens count")
    jwks = models.TextField(null=True, db_comment="technical: its registered public keys; NULL has none")
    purposes = models.TextField(
        default="HSYSADMIN", db_default="HSYSADMIN", db_comment="technical: for what it may ask, HL7 ActReason codes"
    )
    title_th = models.TextField(null=True, db_comment="technical: name of an app as people read it; NULL: a system")
    title_en = models.TextField(null=True, db_comment="technical: the same in English")
    redirect_uris = models.TextField(default="", db_default="", db_comment="technical: where an app takes its code")
    origins = models.TextField(default="", db_default="", db_comment="technical: web origins from which an app asks")
    launch_uri = models.TextField(default="", db_default="", db_comment="technical: where a launch of an app begins")
    dpop_bound = models.BooleanField(
        default=False, db_default=False, db_comment="technical: it gets tokens bound to a key only, RFC 9449"
    )
    rate = models.IntegerField(null=True, db_comment="technical: requests a second; NULL: as usual, 0: no bound")
    burst = models.IntegerField(null=True, db_comment="technical: requests at once")
    patients = models.IntegerField(null=True, db_comment="technical: different people within an hour")
    exports = models.IntegerField(null=True, db_comment="technical: bulk exports within a day")
    rows = models.IntegerField(null=True, db_comment="technical: resources in one bulk export")
    suspended_at = models.DateTimeField(
        null=True, db_comment="technical: when it went over its budget; NULL: it did not"
    )
    suspended_why = models.CharField(
        max_length=16, default="", db_default="", db_comment="technical: which budget it went over"
    )

    class Meta:
        db_table = "signin_client"


class AuthorizationRow(models.Model):
    """What somebody allowed an app, with the code that told it so; every token that follows hangs on it."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the authorization")
    client = models.ForeignKey(ClientRow, on_delete=models.PROTECT, db_comment="technical: the app")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_comment="key: who allowed it")
    scopes = models.TextField(db_comment="technical: what it may ask, SMART scopes")
    # Not called `person` in the table: an authorization is not split by person as records are.
    patient_person = models.BigIntegerField(null=True, db_comment="key: the person whose record it may read")
    patient = models.TextField(null=True, db_comment="key: FHIR id of the patient of the launch")
    encounter = models.TextField(null=True, db_comment="key: FHIR id of the visit of the launch")
    fhir_user = models.TextField(null=True, db_comment="key: FHIR reference to who allowed it")
    approved_at = models.DateTimeField(db_comment="technical: when it was allowed")
    ends_at = models.DateTimeField(db_comment="technical: when it ends, however often tokens are renewed")
    ended_at = models.DateTimeField(null=True, db_comment="technical: when it was ended before")
    ended_why = models.CharField(max_length=16, default="", db_comment="technical: why it was ended")
    code = models.BinaryField(unique=True, db_comment="sensitive: SHA-256 of the authorization code")
    code_until = models.DateTimeField(db_comment="technical: when the code ends")
    code_used_at = models.DateTimeField(null=True, db_comment="technical: when the code was used")
    redirect_uri = models.TextField(db_comment="technical: where the code was sent")
    challenge = models.TextField(db_comment="technical: PKCE challenge, S256")
    nonce = models.TextField(null=True, db_comment="technical: nonce of OpenID Connect")
    facility = models.CharField(max_length=5, default="", db_comment="quasi: facility on whose behalf it was allowed")
    device = models.ForeignKey(
        "DeviceRow", on_delete=models.SET_NULL, null=True, db_comment="key: the citizen's device it was allowed on"
    )
    jkt = models.TextField(
        null=True, db_comment="technical: thumbprint of the key that its code, or what renews it, is bound to"
    )

    class Meta:
        db_table = "signin_authorization"


class RefreshRow(models.Model):
    """A refresh token, as digest: it counts once."""

    digest = models.BinaryField(primary_key=True, db_comment="sensitive: SHA-256 of the refresh token")
    authorization = models.ForeignKey(
        AuthorizationRow, on_delete=models.CASCADE, db_comment="technical: what it renews"
    )
    issued_at = models.DateTimeField(db_comment="technical: when it was made")
    used_at = models.DateTimeField(null=True, db_comment="technical: when it was used")

    class Meta:
        db_table = "signin_refresh"


class LaunchRow(models.Model):
    """A launch of an app from a page, for minutes: which patient and visit were open."""

    digest = models.BinaryField(primary_key=True, db_comment="sensitive: SHA-256 of the launch token")
    client = models.ForeignKey(ClientRow, on_delete=models.CASCADE, db_comment="technical: the app")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_comment="key: who launched it")
    patient_person = models.BigIntegerField(db_comment="key: the person whose record was open")
    patient = models.TextField(db_comment="key: FHIR id of the patient")
    encounter = models.TextField(null=True, db_comment="key: FHIR id of the visit")
    expires_at = models.DateTimeField(db_index=True, db_comment="technical: when it ends")

    class Meta:
        db_table = "signin_launch"


class TokenRow(models.Model):
    """One access token, as digest: the token itself is shown once and kept nowhere."""

    digest = models.BinaryField(primary_key=True, db_comment="sensitive: SHA-256 of the token")
    client = models.ForeignKey(ClientRow, on_delete=models.PROTECT, db_comment="technical: whose token")
    issued_at = models.DateTimeField(db_comment="technical: when it was made")
    expires_at = models.DateTimeField(db_comment="technical: when it ends")
    revoked_at = models.DateTimeField(null=True, db_comment="technical: when it was revoked")
    scopes = models.TextField(null=True, db_comment="technical: what it may ask; NULL: all that its client may")
    purposes = models.TextField(null=True, db_comment="technical: for what it may ask; NULL: all that its client may")
    authorization = models.ForeignKey(
        AuthorizationRow,
        null=True,
        on_delete=models.CASCADE,
        db_comment="technical: who allowed it; NULL: nobody",
    )
    jkt = models.TextField(null=True, db_comment="technical: thumbprint of the key that it is bound to; NULL: to none")

    class Meta:
        db_table = "signin_token"


class DeviceRow(models.Model):
    """A browser in which a citizen has signed in, known again by a token of its own."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the device")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_comment="key: whose it is")
    digest = models.BinaryField(db_comment="sensitive: keyed digest of its token")
    name = models.CharField(max_length=64, db_comment="quasi: browser and system")
    first_at = models.DateTimeField(db_comment="technical: first sign-in")
    settled_at = models.DateTimeField(db_comment="technical: from when it may change who sees the record")
    answered = models.CharField(max_length=8, db_comment="technical: what another device said of it")

    class Meta:
        db_table = "signin_device"
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="signin_device_token")]


class SessionRow(models.Model):
    """One sign-in of one person in one browser; what counts of it is said here, not in the cookie."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the session")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_comment="key: who signed in")
    opened_at = models.DateTimeField(db_comment="technical: when it began")
    seen_at = models.DateTimeField(db_comment="technical: last request")
    proved_at = models.DateTimeField(
        null=True, db_comment="technical: last proof of who sits there; NULL: of an unknown moment"
    )
    proof = models.CharField(max_length=16, db_comment="technical: how it was proved")
    device = models.CharField(max_length=64, db_comment="quasi: browser and system")
    facility = models.CharField(max_length=5, db_comment="quasi: facility on whose behalf its holder acts")
    bound = models.ForeignKey(
        DeviceRow, on_delete=models.SET_NULL, null=True, db_comment="key: the citizen's device it is held on"
    )
    ended_at = models.DateTimeField(null=True, db_comment="technical: when it was ended")
    ended_why = models.CharField(max_length=16, db_comment="technical: why it was ended")

    class Meta:
        db_table = "signin_session"
        indexes = [models.Index(fields=["account"], condition=models.Q(ended_at=None), name="signin_session_open")]


class AssertionRow(models.Model):
    """A signed assertion or proof that was taken, until it ends by itself: it counts once, on every server."""

    digest = models.BinaryField(primary_key=True, db_comment="technical: SHA-256 of jti and client, or key")
    expires_at = models.DateTimeField(db_index=True, db_comment="technical: when the assertion or proof ends")

    class Meta:
        db_table = "signin_assertion"


class EnrolmentRow(models.Model):
    """A code by which an account gets its first passkey, as digest: it is shown once, to who proved themselves."""

    digest = models.BinaryField(primary_key=True, db_comment="sensitive: keyed digest of the code")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_comment="key: whose account")
    issued_at = models.DateTimeField(db_comment="technical: when it was made")
    expires_at = models.DateTimeField(db_comment="technical: when it ends")
    ended_at = models.DateTimeField(null=True, db_comment="technical: when it was used or replaced")

    class Meta:
        db_table = "signin_enrolment"


class BucketRow(models.Model):
    """How many requests a client may still send at once. Unlogged: it begins anew after a crash."""

    client = models.TextField(primary_key=True, db_comment="technical: name of the client")
    tokens = models.FloatField(db_comment="technical: requests that are left")
    at = models.DateTimeField(db_comment="technical: when they were counted")

    class Meta:
        db_table = "signin_bucket"


class ReachRow(models.Model):
    """Of whom a client or somebody was told within the hour. Unlogged: it begins anew after a crash."""

    pk = models.CompositePrimaryKey("who", "number")
    who = models.TextField(db_comment="technical: client or account, as the log names it")
    number = models.BigIntegerField(db_comment="key: the person, or the export")
    at = models.DateTimeField(db_comment="technical: when it was first told within the window")

    class Meta:
        db_table = "signin_reach"


class IdentityRow(models.Model):
    """That an outside provider vouches for an account: national number, Provider ID or a hospital's subject."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the row")
    provider = models.CharField(max_length=32, db_comment="technical: which provider")
    subject = models.BinaryField(db_comment="key: keyed digest of what the provider calls somebody")
    sealed = SealedField(db_comment="sensitive: the same, sealed")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_comment="key: whose it is")
    linked_at = models.DateTimeField(db_comment="technical: since when")
    ended_at = models.DateTimeField(
        null=True, db_comment="technical: when it was disconnected: it opens nothing until it is connected again"
    )

    class Meta:
        db_table = "signin_identity"
        constraints = [models.UniqueConstraint(fields=["provider", "subject"], name="signin_identity_subject")]


class RecoveryRow(models.Model):
    """A code that stands in for the authenticator app once, as slow digest: it is shown once."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the row")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_comment="key: whose it is")
    salt = models.BinaryField(db_comment="sensitive: salt of the account's codes")
    digest = models.BinaryField(db_comment="sensitive: Argon2id digest of the code")
    used_at = models.DateTimeField(null=True, db_comment="technical: when it was used")

    class Meta:
        db_table = "signin_recovery"
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="signin_recovery_code")]


class TelephoneRow(models.Model):
    """The mobile number of a citizen's account, sealed; a row without one says that it was taken away, and when."""

    account = models.OneToOneField(
        Account, on_delete=models.CASCADE, primary_key=True, db_comment="key: whose number it is"
    )
    number = SealedField(null=True, db_comment="direct: mobile number, sealed; NULL: taken away")
    digest = models.BinaryField(null=True, db_comment="key: keyed digest of the number, to count codes by")
    at = models.DateTimeField(db_comment="technical: when it was kept, changed or taken away")
    device = models.ForeignKey(
        DeviceRow, on_delete=models.SET_NULL, null=True, db_comment="key: the device on which that was done"
    )

    class Meta:
        db_table = "signin_telephone"


class SmsCodeRow(models.Model):
    """The one code of an account that counts for something, as digest: it went out by SMS."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the row")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_comment="key: whose account")
    kind = models.CharField(max_length=8, db_comment="technical: what it is for, sign-in or number")
    device = models.ForeignKey(DeviceRow, on_delete=models.CASCADE, db_comment="key: the device that asked for it")
    request = models.BinaryField(db_comment="sensitive: keyed digest of what the browser that asked shows again")
    digest = models.BinaryField(db_comment="sensitive: keyed digest of the code")
    number = SealedField(null=True, db_comment="direct: the number to be proved, sealed; NULL: the account's own")
    asked_at = models.DateTimeField(db_comment="technical: when it was asked for")
    expires_at = models.DateTimeField(db_comment="technical: when it ends")
    tries = models.SmallIntegerField(db_comment="technical: how many codes were compared with it")
    ended_at = models.DateTimeField(null=True, db_comment="technical: when it was used or taken back")

    class Meta:
        db_table = "signin_sms_code"
        constraints = [models.UniqueConstraint(fields=["account", "kind"], name="signin_sms_code_one")]
        indexes = [models.Index(fields=["request"], name="signin_sms_code_request")]


class SmsRow(models.Model):
    """A text message: sealed while it waits, without number and words once it was sent or is over; gone after a day."""

    id = models.BigAutoField(primary_key=True, db_comment="technical: number of the message")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_comment="key: whose account it is about")
    device = models.BigIntegerField(null=True, db_comment="key: the device that asked for it")
    kind = models.CharField(max_length=8, db_comment="technical: what it is for")
    digest = models.BinaryField(db_comment="key: keyed digest of the number, to count codes by")
    number = SealedField(null=True, db_comment="direct: mobile number, sealed until it is sent")
    words = SealedField(null=True, db_comment="sensitive: what it says, with a code, sealed until it is sent")
    asked_at = models.DateTimeField(db_index=True, db_comment="technical: when it was asked for")
    due_at = models.DateTimeField(db_comment="technical: when it is tried next")
    until = models.DateTimeField(db_comment="technical: after this moment it is not sent any more")
    tries = models.SmallIntegerField(default=0, db_default=0, db_comment="technical: how often it was tried")
    sent_at = models.DateTimeField(null=True, db_comment="technical: when the gateway took it")

    class Meta:
        db_table = "signin_sms"
        indexes = [models.Index(fields=["until"], name="signin_sms_waits", condition=~models.Q(words=None))]
